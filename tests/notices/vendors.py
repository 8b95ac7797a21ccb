"""The other ends: a server on loopback that answers as the robots of the vendors, gateways and receivers do, signatures checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lvyue import clock


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request], tuple[int, Any]]


@dataclass
class Server:
    """A server that answers as it is told, and keeps what it was asked."""

    answer: Answer
    url: str = ""
    asked: list[Request] = field(default_factory=list)


@contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    server = Server(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            request = Request(parts.path, query, dict(self.headers), self.rfile.read(length))
            server.asked.append(request)
            status, told = server.answer(request)
            body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


# ── as the vendors answer ────────────────────────────────────────────────────────────────────────────────────────


def wecom(key: str) -> Answer:
    """企业微信: no signature; the key in the address; a text of at most 2,048 bytes."""

    def answer(request: Request) -> tuple[int, Any]:
        if request.path != "/cgi-bin/webhook/send" or request.query.get("key") != key:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
        if len(request.json["text"]["content"].encode()) > 2048:
            return 200, {"errcode": 40058, "errmsg": "text exceed max length"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    return answer


def dingtalk(token: str, secret: str) -> Answer:
    """钉钉: milliseconds, a line feed and the secret, under the secret, base64, in the address; within an hour."""

    def answer(request: Request) -> tuple[int, Any]:
        if request.path != "/robot/send" or request.query.get("access_token") != token:
            return 200, {"errcode": 300001, "errmsg": "token is not exist"}
        milliseconds = request.query.get("timestamp", "0")
        words = f"{milliseconds}\n{secret}".encode()
        digest = hmac.new(secret.encode("utf-8"), words, digestmod=hashlib.sha256).digest()
        fresh = abs(int(milliseconds) / 1000 - clock.now().timestamp()) < 3600
        if not fresh or request.query.get("sign") != base64.b64encode(digest).decode():
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
        return 200, {"errcode": 0, "errmsg": "ok"}

    return answer


def feishu(hook: str, secret: str) -> Answer:
    """飞书: nothing, under seconds, a line feed and the secret, base64, in the body; within an hour; 20 KB at most."""

    def answer(request: Request) -> tuple[int, Any]:
        if request.path != f"/open-apis/bot/v2/hook/{hook}":
            return 200, {
                "code": 19001,
                "msg": "param invalid: incoming webhook access token invalid",
            }
        if len(request.body) > 20 * 1024:
            return 200, {"code": 19002, "msg": "params error"}
        seconds = request.json.get("timestamp", "0")
        key = f"{seconds}\n{secret}".encode()
        sign = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode()
        fresh = abs(int(seconds) - clock.now().timestamp()) < 3600
        if not fresh or request.json.get("sign") != sign:
            return 200, {
                "code": 19021,
                "msg": "sign match fail or timestamp is not within one hour",
            }
        return 200, {"code": 0, "msg": "success", "data": {}}

    return answer
