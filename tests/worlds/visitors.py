"""Visitors of the app without a browser: they speak its language over a bare socket, politely or not."""

import base64
import os
import socket
import struct
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class RefusedError(Exception):
    """The server did not let the visitor in; holds its first line."""


class Visitor:
    """Somebody with a page open."""

    def __init__(self, port: int, origin: str = "", timeout: float = 60.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        host = f"127.0.0.1:{port}"
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            "GET /_stcore/stream HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: streamlit",
            f"Origin: {origin or f'http://{host}'}",
        )
        self._socket.sendall("\r\n".join((*request, "", "")).encode())
        self._read = self._socket.makefile("rb")
        status = self._read.readline().decode().strip()
        while self._read.readline().strip():
            pass
        if " 101 " not in status:
            self.__exit__(None, None, None)
            raise RefusedError(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._read.close()
        self._socket.close()

    def open(self, link: str) -> None:
        """Ask for the page of a link: what stands after the question mark."""
        message = BackMsg()
        message.rerun_script.query_string = link
        self._send(message.SerializeToString())

    def messages_of_a_page(self) -> list[Any]:
        """Return all messages until the page is finished."""
        found = []
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._receive())
            found.append(message)
            if message.WhichOneof("type") == "script_finished":
                return found

    def _send(self, data: bytes, kind: int = 2) -> None:
        mask = os.urandom(4)
        head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, len(data))
        whole = (mask * (len(data) // 4 + 1))[: len(data)]
        masked = (int.from_bytes(data) ^ int.from_bytes(whole)).to_bytes(len(data)) if data else b""
        self._socket.sendall(head + mask + masked)

    def _receive(self) -> bytes:
        parts = b""
        while True:
            first, length = struct.unpack("!BB", self._taken(2))
            if length == 126:
                (length,) = struct.unpack("!H", self._taken(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._taken(8))
            data = self._taken(length)
            if first & 0x0F == 9:  # a ping
                self._send(data, 10)
            elif first & 0x0F == 8:
                raise RefusedError("closed by the server")
            elif first & 0x0F in (0, 1, 2):
                parts += data
                if first & 0x80:
                    return parts

    def _taken(self, n: int) -> bytes:
        data = self._read.read(n)
        if len(data) < n:
            raise RefusedError("closed by the server")
        return data


def errors_in(messages: list[Any]) -> list[str]:
    """Return what stands in the error boxes of a page."""
    return [
        f"{message.delta.new_element.exception.type}: {message.delta.new_element.exception.message}"
        for message in messages
        if message.WhichOneof("type") == "delta"
        and message.delta.WhichOneof("type") == "new_element"
        and message.delta.new_element.WhichOneof("type") == "exception"
    ]
