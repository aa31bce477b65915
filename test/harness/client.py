"""Sending and reading mail: what the world outside does with a mail server."""

import base64
import contextlib
import email
import email.message
import imaplib
import os
import re
import smtplib
import socket
import time

from process import HarnessError, wait_until


class Refused(HarnessError):
    """An SMTP server said no: its code and its words."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class MailClient:
    """Needs smtp_port, submission_port, imap_port, mail_root, and log_tails() for its errors."""

    # --- Mail in ----------------------------------------------------------------------------------------------

    def smtp(self):
        return smtplib.SMTP("127.0.0.1", self.smtp_port, local_hostname="client.test", timeout=60)

    @contextlib.contextmanager
    def submission(self, user, password="secret"):
        """A session of a user who has logged in to hand in mail."""
        with smtplib.SMTP("127.0.0.1", self.submission_port, local_hostname="client.test", timeout=60) as client:
            client.login(user, password)
            yield client

    def send(self, sender, rcpts, subject, headers=None, body="Hello.\n", client=None):
        """The queue id of the message, for delivery(). Raises Refused with Postfix's answer."""
        with contextlib.ExitStack() as stack:
            if client is None:
                client = stack.enter_context(self.smtp())
                client.ehlo()
            utf8 = [] if all(map(str.isascii, [sender, *rcpts])) else ["SMTPUTF8"]
            if utf8:
                client.command_encoding = "utf-8"
            insist(client.mail(sender, utf8))
            for rcpt in rcpts:
                insist(client.rcpt(rcpt))
            answer = insist(client.data(make_message(sender, rcpts, subject, headers or {}, body)))
            return re.search(r"queued as (\w+)", answer)[1]

    def rcpt(self, address, sender="stranger@elsewhere.test"):
        """What Postfix says to a recipient (bytes, as they go over the wire), as (code, text)."""
        with self.smtp() as client:
            client.ehlo()
            client.command_encoding = "latin-1"
            insist(client.mail(sender, ["SMTPUTF8"]))
            code, text = client.docmd("RCPT", "TO:<" + address.decode("latin-1") + ">")
            return code, text.decode(errors="replace")

    @contextlib.contextmanager
    def managesieve(self, user, password="secret"):
        with ManageSieve(self.sieve_port) as client:
            client.login(user, password)
            yield client

    # --- Mail out ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def imap(self, user, password="secret"):
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=60) as client:
            # LOGIN takes letters beyond ASCII from nobody.
            client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            yield client

    def subjects(self, user, folder="INBOX", password="secret"):
        with self.imap(user, password) as client:
            return [m["Subject"] for m in fetch_all(client, folder, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")]

    def wait_for_message(self, user, subject, folder="INBOX", password="secret", seconds=20):
        with self.imap(user, password) as client:
            def find():
                return [m for m in fetch_all(client, folder, "(BODY.PEEK[])") if m["Subject"] == subject]
            try:
                found = wait_until(find, seconds, f"'{subject}' in {folder} of {user}")
            except HarnessError as e:
                raise HarnessError(f"{e}\n{self.log_tails()}") from e
        if len(found) > 1:
            raise HarnessError(f"'{subject}' is {len(found)} times in {folder} of {user}")
        return found[0]

    def file_of(self, subject):
        """The files below the mail root that hold a message with this subject, tmp/ left out."""
        wanted = f"\nSubject: {subject}\n".encode()
        paths = [os.path.join(path, name) for path, _, names in os.walk(self.mail_root) for name in names]
        return [path for path in paths if not path.endswith("/tmp/" + os.path.basename(path)) and holds(path, wanted)]


class ManageSieve:
    """What a webmail does with scripts (RFC 5804). Whatever is not answered with OK is raised as HarnessError."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.lines = self.socket.makefile("rb")
        self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.lines.close()
        self.socket.close()

    def login(self, user, password):
        self.command(f'AUTHENTICATE "PLAIN" {quoted(base64.b64encode(f"{chr(0)}{user}{chr(0)}{password}".encode()).decode())}')

    def put(self, name, script):
        self.command(f"PUTSCRIPT {quoted(name)} {{{len(script.encode())}+}}\r\n{script}")

    def activate(self, name):
        self.command(f"SETACTIVE {quoted(name)}")

    def get(self, name):
        return self.command(f"GETSCRIPT {quoted(name)}")

    def command(self, text):
        self.socket.sendall(text.encode() + b"\r\n")
        return self.answer()

    def answer(self):
        """What the server says before its OK."""
        said = []
        while not (line := self.line()).upper().startswith(("OK", "NO", "BYE")):
            said.append(line)
        if not line.upper().startswith("OK"):
            raise HarnessError(line)
        return "\n".join(said)

    def line(self):
        """One line, with the text that a {length} at its end announces."""
        line = self.lines.readline().decode()
        if not line:
            raise HarnessError("the ManageSieve server has hung up")
        length = re.search(r"\{(\d+)\}\r\n$", line)
        if length:
            line = line[:length.start()] + self.lines.read(int(length[1])).decode() + self.lines.readline().decode()
        return line.rstrip("\r\n")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def holds(path, wanted):
    with open(path, "rb") as f:
        return wanted in f.read().replace(b"\r\n", b"\n")


def insist(answer):
    code, text = answer
    text = text.decode(errors="replace")
    if not 200 <= code < 400:
        raise Refused(code, text)
    return text


def make_message(sender, rcpts, subject, headers, body):
    message = email.message.EmailMessage()
    message["From"] = sender or "MAILER-DAEMON"
    message["To"] = ", ".join(rcpts)
    message["Subject"] = subject
    message["Message-ID"] = f"<{time.time_ns()}.{os.getpid()}@client.test>"
    for name, value in headers.items():
        del message[name]
        message[name] = value
    message.set_content(body)
    return message.as_bytes(policy=message.policy.clone(utf8=True))


def fetch_all(client, folder, what):
    if client.select(f'"{folder}"', readonly=True)[0] != "OK" or client.untagged_responses["EXISTS"][-1] == b"0":
        return []
    parts = client.fetch("1:*", what)[1]
    return [email.message_from_bytes(part[1]) for part in parts if isinstance(part, tuple)]
