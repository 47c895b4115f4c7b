"""The side of botocore: its clients, its responses, its exceptions."""
