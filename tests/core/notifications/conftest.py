"""A mail server on the loopback that keeps what it is given."""

import socketserver
import threading
from dataclasses import dataclass, field

import pytest


@dataclass
class Server:
    """What the server was told; `refuses` is the command that it answers with an error."""

    port: int = 0
    refuses: str = ""
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)


class Handler(socketserver.StreamRequestHandler):
    """Just enough of RFC 5321 for one client at a time."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            self.server.kept.commands.append(line)
            if verb == self.server.kept.refuses:
                self.say("550 not here")
            elif verb == "EHLO":
                self.say("250-loopback\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.kept.mails.append(self.read_mail())
                self.say("250 kept")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())

    def read_mail(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines)


@pytest.fixture
def mail_server():
    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        server.kept = Server(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.kept
        server.shutdown()
        thread.join()
