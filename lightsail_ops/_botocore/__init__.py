"""What sending means with botocore: its clients, its responses, its exceptions."""
