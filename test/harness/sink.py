"""An SMTP server that takes all mail and keeps it: what another host would have got."""

import socketserver
import threading


class Sink:
    """Listens on a loopback port while it is entered; `messages` are (sender, [recipients], text)."""

    def __init__(self):
        self.messages = []
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def subjects(self):
        return [line.removeprefix("Subject: ") for _, _, text in self.messages for line in text.splitlines() if line.startswith("Subject: ")]


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say(220, "sink.test")
        for line in self.rfile:
            command, _, rest = line.decode(errors="replace").strip().partition(" ")
            command = command.upper()
            if command == "QUIT":
                self.say(221, "bye")
                return
            if command == "DATA":
                self.say(354, "go on")
                self.server.sink.messages.append((self.sender, self.rcpts, self.read_text()))
            elif command == "MAIL":
                self.sender, self.rcpts = address(rest), []
            elif command == "RCPT":
                self.rcpts.append(address(rest))
            self.say(250, "ok")

    def say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())

    def read_text(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode(errors="replace").removeprefix("."))
        return "".join(lines)


def address(rest):
    """What stands in the angle brackets of FROM:<...> or TO:<...>."""
    return rest.partition("<")[2].partition(">")[0]
