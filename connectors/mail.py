"""The door for mail: a mail server where one is set, else files that any mail program opens."""

import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from calculations.errors import KitlineError

TIMEOUT_SECONDS = 30


class MailServerUnreachable(KitlineError):
    """No message can be sent now: the server does not answer, or does not let us in."""

    kind = "mail_server_unreachable"


class MessageRefused(KitlineError):
    """The server would not take this message or its recipient."""

    kind = "message_refused"


def send(message: EmailMessage, settings) -> None:
    """Send one message; see `outgoing`."""
    with outgoing(settings) as deliver:
        deliver(message)


@contextmanager
def outgoing(settings) -> Iterator[Callable[[EmailMessage], None]]:
    """A function that sends messages, over one connection made with the first of them.

    Where no mail server is set, a message becomes an `.eml` file in `settings.mail_dir`, named by its Message-ID: the
    same message is the same file.

    Raises (the function):
        MailServerUnreachable: the server is down, drops the connection or refuses the login; the folder of the files
            cannot be written.
        MessageRefused: the server refuses the message or its recipient.
    """
    if not settings.smtp_host:
        yield lambda message: _write(message, settings.mail_dir)
        return
    connection: list[smtplib.SMTP] = []
    try:
        yield lambda message: _deliver(message, connection, settings)
    finally:
        for server in connection:
            _leave(server)


def _write(message: EmailMessage, folder: Path) -> None:
    name = re.sub(r"[^A-Za-z0-9@._-]", "_", message["Message-ID"].strip("<>")) + ".eml"
    partial = folder / f"{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(message.as_bytes(policy=SMTP))
        os.replace(partial, folder / name)
    except OSError as error:
        raise MailServerUnreachable(f"mails cannot be written to {folder} ({error}); check KITLINE_DATA_DIR") from error


def _deliver(message: EmailMessage, connection: list[smtplib.SMTP], settings) -> None:
    try:
        if not connection:
            connection.append(_connected(settings))
        connection[0].send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise MessageRefused(_reason(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        place = f"{settings.smtp_host}:{settings.smtp_port}"
        raise MailServerUnreachable(
            f"mail server {place} cannot be used ({_reason(error)}); check the settings KITLINE_SMTP_HOST, _PORT, _USER"
        ) from error


def _connected(settings) -> smtplib.SMTP:
    server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{address}: {code} {_words(text)}" for address, (code, text) in error.recipients.items())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return str(error) or type(error).__name__


def _words(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
