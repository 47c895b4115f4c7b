"""A Lightsail with many operations on loopback: `python -m benchmarks.listing COUNT SECONDS`.

It waits so many seconds before each page. It is a process of its own, so that its CPU time is not
that of the program which reads it.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.history import raw_operations

PAGE = 200


@cache
def json_of(count: int) -> str:
    return json.dumps(raw_operations(count))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    count = 0
    delay = 0.0

    def do_POST(self) -> None:
        arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        first = int(arguments.get("pageToken", 0))
        rest = f', "nextPageToken": "{first + PAGE}"' if first + PAGE < self.count else ""
        body = f'{{"operations": {json_of(min(PAGE, self.count - first))}{rest}}}'.encode()
        time.sleep(self.delay)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    Handler.count, Handler.delay = int(sys.argv[1]), float(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
