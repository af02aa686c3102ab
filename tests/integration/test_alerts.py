"""The outbox: written with the stage, sent after, never lost, never twice."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pandas as pd
import pytest
from aiosmtpd.controller import Controller

from connectors import mail
from models import alerting
from models.database import insert_missing, read_table, reading, writing
from tasks.alerts import ATTEMPTS, compose, message_of, send_alerts

RUN = {"as_of": date(2026, 1, 5), "stage": "kitting_check", "run": "kitting_check-2026-00007"}


class Inbox:
    """What an SMTP server received; `refused` addresses are turned away."""

    def __init__(self):
        self.messages, self.refused = [], set()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    @property
    def message_ids(self):
        return [message["Message-ID"] for message in self.messages]


class MailServer:
    """An SMTP server of this test, on a port that was free; it can go down and come up again."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.inbox = Inbox()
        self.controller = None

    def start(self):
        self.controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        self.controller.stop()


@pytest.fixture
def mail_server(own_settings, monkeypatch):
    server = MailServer()
    monkeypatch.setenv("KITLINE_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("KITLINE_SMTP_PORT", str(server.port))
    monkeypatch.setenv("KITLINE_SMTP_STARTTLS", "false")
    server.start()
    yield server
    server.stop()


def write_alert(engine, key="a-run", **row) -> int:
    rows = [{"order": "SO-1", "line": 10, "item": "BOLT", "short": "12", **row}]
    frame = pd.DataFrame(compose("shortage", key, {**RUN, "rows": rows})).assign(run=RUN["run"])
    with writing(engine) as connection:
        return insert_missing(connection, "alerts", frame)


def alerts(engine):
    with reading(engine) as connection:
        return read_table(connection, "alerts")


def test_a_message_reaches_the_planner_as_text_and_page(database, mail_server):
    write_alert(database, planner="ann@example.com")
    assert send_alerts.fn() == {"sent": 1, "refused": 0, "dead": 0, "waiting": 0}
    (message,) = mail_server.inbox.messages
    assert message["To"] == "ann@example.com"
    assert message["Subject"] == "Kitline plant: 1 component need is short"
    assert "BOLT" in message.get_body(("plain",)).get_content()
    assert "BOLT" in message.get_body(("html",)).get_content()
    (row,) = alerts(database).to_dict("records")
    assert (row["state"], row["attempts"], row["error"]) == ("sent", 1, "")
    assert row["sent_at"] is not None


def test_running_the_stage_and_the_sending_again_sends_nothing_twice(database, mail_server):
    assert write_alert(database) == 1
    send_alerts.fn()
    assert write_alert(database) == 0
    assert send_alerts.fn()["sent"] == 0
    assert len(mail_server.inbox.messages) == 1


def test_a_mail_server_that_is_down_costs_nothing_but_time(database, mail_server):
    write_alert(database, "monday")
    write_alert(database, "tuesday")
    mail_server.stop()
    for _ in range(ATTEMPTS + 1):
        assert send_alerts.fn() == {"sent": 0, "refused": 0, "dead": 0, "waiting": 2}
    waiting = alerts(database)
    assert waiting["state"].tolist() == ["pending", "pending"]
    assert waiting["attempts"].tolist() == [0, 0]
    assert "cannot be used" in waiting["error"].iloc[0]
    mail_server.start()
    assert send_alerts.fn()["sent"] == 2
    assert sorted(mail_server.inbox.message_ids) == sorted(waiting["message_id"])


def test_a_refused_recipient_is_given_up_after_eight_attempts_and_holds_nobody_up(database, mail_server):
    mail_server.inbox.refused = {"gone@example.com"}
    write_alert(database, "monday", planner="gone@example.com")
    write_alert(database, "tuesday")
    assert send_alerts.fn() == {"sent": 1, "refused": 1, "dead": 0, "waiting": 1}
    for _ in range(ATTEMPTS - 1):
        last = send_alerts.fn()
    assert last == {"sent": 0, "refused": 0, "dead": 1, "waiting": 0}
    dead = alerts(database).set_index("recipient").loc["gone@example.com"]
    assert (dead["state"], dead["attempts"]) == ("dead", ATTEMPTS)
    assert dead["error"] == "gone@example.com: 550 no such mailbox"
    assert send_alerts.fn()["sent"] == 0


def test_several_senders_at_once_send_each_message_once(database, mail_server):
    for number in range(20):
        write_alert(database, f"run-{number}")
    with ThreadPoolExecutor(4) as senders:
        sent = sum(counts["sent"] for counts in senders.map(lambda _: send_alerts.fn(), range(4)))
    assert sent == 20
    assert len(set(mail_server.inbox.message_ids)) == len(mail_server.inbox.message_ids) == 20


def test_a_sender_that_died_is_followed_by_another_with_the_same_message_id(database, mail_server, own_settings):
    write_alert(database)
    now = datetime.now(UTC)
    with writing(database) as connection:
        (number,) = alerting.pending_numbers(connection, now)
        first = alerting.claim(connection, number, now - alerting.CLAIM_LASTS - timedelta(seconds=1))
    mail.send(message_of(first), own_settings())
    assert send_alerts.fn()["sent"] == 1
    assert len(set(mail_server.inbox.message_ids)) == 1


def test_a_message_another_sender_has_just_taken_up_is_left_alone(database, mail_server):
    write_alert(database)
    now = datetime.now(UTC)
    with writing(database) as connection:
        (number,) = alerting.pending_numbers(connection, now)
        assert alerting.claim(connection, number, now) is not None
        assert alerting.claim(connection, number, now) is None
    assert send_alerts.fn() == {"sent": 0, "refused": 0, "dead": 0, "waiting": 1}


def test_without_a_mail_server_messages_are_files_that_mail_programs_open(sqlite_database, own_settings):
    write_alert(sqlite_database)
    assert send_alerts.fn()["sent"] == 1
    (row,) = alerts(sqlite_database).to_dict("records")
    (path,) = own_settings().mail_dir.iterdir()
    assert path.name == row["message_id"].strip("<>") + ".eml"
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert (message["To"], message["Message-ID"]) == ("planning@localhost", row["message_id"])
    mail.send(message_of({**row, "created_at": datetime(2026, 1, 5, tzinfo=UTC)}), own_settings())
    assert len(list(own_settings().mail_dir.iterdir())) == 1


def test_a_password_the_server_does_not_take_is_no_fault_of_the_message(database, mail_server, monkeypatch):
    monkeypatch.setenv("KITLINE_SMTP_USER", "kitline")
    monkeypatch.setenv("KITLINE_SMTP_PASSWORD", "secret-word")
    write_alert(database)
    assert send_alerts.fn()["waiting"] == 1
    assert "secret-word" not in alerts(database)["error"].iloc[0]


def test_the_sending_flow_reports_what_it_did(sqlite_database, prefect):
    from flows.alert_sending import alert_sending

    write_alert(sqlite_database)
    assert alert_sending()["sent"] == 1


def test_a_folder_that_cannot_be_written_keeps_the_messages_waiting(sqlite_database, own_settings):
    write_alert(sqlite_database)
    own_settings().data_dir.mkdir(parents=True)
    own_settings().mail_dir.write_text("a file in the place of the folder")
    assert send_alerts.fn() == {"sent": 0, "refused": 0, "dead": 0, "waiting": 1}
    assert "check KITLINE_DATA_DIR" in alerts(sqlite_database)["error"].iloc[0]
    own_settings().mail_dir.unlink()
    assert send_alerts.fn()["sent"] == 1
