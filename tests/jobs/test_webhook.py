"""Webhooks: signed so that the standard's own library accepts them, tried again until they arrive, and never sent where
they must not go."""

import json
import socket
import ssl
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from phonofilm.jobs.codes import JobError
from phonofilm.jobs.lifecycle import finish
from phonofilm.jobs.notify import post, webhook
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Delivery, Event, Job, Webhook
from phonofilm.storage import addresses


class Receiver:
    """A real HTTP server that answers as it is told and keeps what it got."""

    def __init__(self, context=None):
        self.got, self.answers, self.before = [], [], lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                outer.before()
                status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?a=1"

    @property
    def allow(self):
        return (f"127.0.0.1:{self.port}",)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


def add(db, url="https://example.com/hook", events=("*",), tenant="main", allow=()):
    with db.session() as session:
        return webhook.add(session, tenant, url, events, actor="ana", allow=allow)


def deliveries(db):
    with db.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.created, Delivery.id)))


def emit(db, job, kind="succeeded"):
    with db.session() as session:
        finish.emit(session, session.get(Job, job.id), kind, {"a": 1})


def due_again(db):
    with db.session() as session:
        session.execute(update(Delivery).where(Delivery.state == "pending").values(next_try=now() - 1))


def test_the_standards_own_library_accepts_it(db, make_job, receiver):
    hook = add(db, receiver.url, allow=receiver.allow)
    job = make_job()
    emit(db, job)
    assert webhook.deliver_due(db, allow=receiver.allow) == 1
    path, headers, body = receiver.got[0]
    said = Verifier(hook.secret).verify(body, headers)
    assert (path, headers["content-type"], headers["host"]) == (
        "/hook?a=1",
        "application/json",
        f"127.0.0.1:{receiver.port}",
    )
    assert (said["type"], said["data"]["id"]) == ("generation.succeeded", job.id)
    assert abs(datetime.fromisoformat(said["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert "prompt" not in json.dumps(said)
    with pytest.raises(WebhookVerificationError):
        Verifier(hook.secret).verify(body.replace(b"succeeded", b"cancelled"), headers)
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + "A" * 43 + "=").verify(body, headers)
    assert [(row.state, row.tries, row.last_status) for row in deliveries(db)] == [("sent", 1, "HTTP 204")]
    assert webhook.deliver_due(db, allow=receiver.allow) == 0 and len(receiver.got) == 1


def test_tried_again_under_the_same_id_until_it_arrives(db, make_job, receiver, moved):
    clock = moved(webhook, finish)
    add(db, receiver.url, allow=receiver.allow)
    emit(db, make_job())
    receiver.answers = [(500, {}), (302, {"location": receiver.url}), (429, {"retry-after": "600"}), (200, {})]
    waits = []
    for _ in range(3):
        assert webhook.deliver_due(db, allow=receiver.allow) == 0
        row = deliveries(db)[0]
        waits.append(row.next_try - clock.at)
        clock.pass_by(waits[-1] - 0.01)
        assert webhook.deliver_due(db, allow=receiver.allow) == 0 and len(receiver.got) == len(
            waits
        )  # not before its time
        clock.pass_by(0.02)
    assert webhook.deliver_due(db, allow=receiver.allow) == 1
    assert 4 <= waits[0] <= 6 and 12 <= waits[1] <= 18 and waits[2] == 600
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1 and len(receiver.got) == 4
    assert len({body for _, _, body in receiver.got}) == 1
    assert deliveries(db)[0].state == "sent"


def test_given_up_after_three_days(db, make_job, moved):
    clock = moved(webhook, finish)
    add(db)
    emit(db, make_job())
    start, tries = clock.at, []

    def down(*_, **__):
        tries.append(clock.at - start)
        return post.Answer(status=503, text="HTTP 503")

    for _ in range(100):
        webhook.deliver_due(db, send=down)
        row = deliveries(db)[0]
        if row.state == "failed":
            break
        clock.at = row.next_try
    assert row.state == "failed"
    assert tries[-1] == pytest.approx(72 * 3_600, abs=1)  # the last one right at the end
    assert 15 <= len(tries) <= 30
    assert max(b - a for a, b in zip(tries, tries[1:])) <= 6 * 3_600 * 1.2


def test_one_sender_sends_all_that_is_due(db, make_job, monkeypatch):
    """A message that ends while the next turn finds its sender busy does not leave the others lying."""
    add(db)
    job = make_job()
    for kind in ("succeeded", "failed", "removed"):
        emit(db, job, kind)
    sent, asked, answered, real = [], threading.Event(), threading.Event(), webhook._claim

    def claim(*args):
        found = real(*args)
        if not found:  # the sender is busy: let it end before the turn does
            asked.set()
            answered.wait(5)
            time.sleep(0.1)
        return found

    def send(url, body, headers, **_):
        asked.wait(5)
        sent.append(body)
        asked.clear()
        answered.set()
        return post.Answer(status=200, text="")

    monkeypatch.setattr(webhook, "_claim", claim)
    assert webhook.deliver_due(db, send=send, senders=1) == 3 and len(sent) == 3


def test_gone_switches_it_off(db, make_job, receiver):
    hook = add(db, receiver.url, allow=receiver.allow)
    job = make_job()
    emit(db, job), emit(db, job, "failed")
    receiver.answers = [(410, {})] * 2
    webhook.deliver_due(db, allow=receiver.allow, limit=1)
    with db.reading() as session:
        assert session.get(Webhook, hook.id).disabled is not None
    webhook.deliver_due(db, allow=receiver.allow)
    assert len(receiver.got) == 1
    assert [row.state for row in deliveries(db)] == ["failed", "failed"]
    emit(db, job, "removed")
    assert len(deliveries(db)) == 2


def test_an_event_is_told_once_however_often_it_is_written(db, make_job):
    add(db)
    job = make_job()
    with db.session() as session:
        event = Event(job=job.id, tenant="main", type="generation.succeeded", data={}, created=now())
        session.add(event)
        session.flush()
        assert [webhook.enqueue(session, session.get(Job, job.id), event) for _ in range(3)] == [1, 0, 0]
        assert webhook.enqueue(session, session.get(Job, job.id), "generation.succeeded", once="2") == 1
        assert webhook.enqueue(session, session.get(Job, job.id), "generation.progress") == 0


def test_what_is_rolled_back_is_not_told(db, make_job):
    add(db)
    job = make_job()
    with pytest.raises(RuntimeError), db.session() as session:
        finish.emit(session, session.get(Job, job.id), "succeeded")
        raise RuntimeError
    assert deliveries(db) == []


def test_each_hears_what_it_asked_for(db, make_job):
    add(db, "https://a.example.com/", ["generation.succeeded", "generation.failed"])
    add(db, "https://b.example.com/", ["generation.*"])
    add(db, "https://c.example.com/", ["budget.alert"])
    add(db, "https://d.example.com/", ["*"], tenant="other")
    emit(db, make_job(), "succeeded"), emit(db, make_job(), "queued")
    assert sorted(row.url for row in deliveries(db)) == [
        "https://a.example.com/",
        "https://b.example.com/",
        "https://b.example.com/",
    ]


def test_a_callback_is_plain_and_in_its_dialects_words(db, make_job, receiver, monkeypatch):
    monkeypatch.setattr(webhook, "_WORDS", {})
    job = make_job(dialect="ark", extra={"callback_url": receiver.url})
    words = {"generation.succeeded": {"id": "cgt-1", "status": "succeeded"}}
    webhook.speak("ark", lambda job, event: words.get(event))
    emit(db, job), emit(db, job, "review")  # of which Ark says nothing
    assert webhook.deliver_due(db, allow=receiver.allow) == 1
    _, headers, body = receiver.got[0]
    assert json.loads(body) == {"id": "cgt-1", "status": "succeeded"}
    assert "webhook-signature" not in headers


def test_a_dialect_that_stumbles_does_not_stop_the_job(db, make_job, monkeypatch):
    monkeypatch.setattr(webhook, "_WORDS", {})
    add(db)
    job = make_job(dialect="ark", extra={"callback_url": "https://example.com/cb"})
    webhook.speak("ark", lambda job, event: {"url": job.nothing_of_the_kind})
    webhook.speak("native", lambda job, event: 1 / 0)
    emit(db, job)
    assert [row.body.get("state") or row.body["data"]["state"] for row in deliveries(db)] == ["succeeded"] * 2


def test_one_message_is_sent_by_one_of_many_senders(any_db):
    with any_db.session() as session:
        for number in range(40):
            webhook.announce(session, "main", "budget.alert", {"n": number}, once=str(number))
            session.add(
                Delivery(
                    id=f"m{number:02}",
                    tenant="main",
                    webhook=None,
                    job="",
                    url="https://example.com/",
                    body={"n": number},
                    headers={},
                    state="pending",
                    next_try=0.0,
                    created=now(),
                )
            )
    sent, lock = [], threading.Lock()

    def send(url, body, headers, **_):
        with lock:
            sent.append(headers["webhook-id"])
        return post.Answer(status=200, text="HTTP 200")

    done = []
    threads = [
        threading.Thread(target=lambda: done.append(webhook.deliver_due(any_db, send=send, limit=15))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while any_db and webhook.deliver_due(any_db, send=send):
        pass
    assert sorted(sent) == [f"m{number:02}" for number in range(40)]


def test_a_tarpit_holds_its_tenants_senders_and_nobody_elses(any_db):
    """Three hundred messages of one tenant to addresses that never answer: another's goes at once, and so does the next
    of his own."""
    with any_db.session() as session:
        for number in range(301):
            tenant, url = (
                ("main", f"https://tarpit.example/{number % 20}")
                if number < 300
                else ("other", "https://quick.example/")
            )
            session.add(
                Delivery(
                    id=f"m{number:03}",
                    tenant=tenant,
                    webhook=None,
                    job="",
                    url=url,
                    body={},
                    headers={},
                    state="pending",
                    next_try=1.0 + number,
                    created=now(),
                )
            )
    answers, quick, lock, stuck = threading.Event(), threading.Event(), threading.Lock(), []

    def send(url, body, headers, **_):
        if "quick" in url:
            quick.set()
            return post.Answer(status=200, text="HTTP 200")
        with lock:
            stuck.append(url)
        answers.wait(60)
        return post.Answer(status=0, text="no answer in time")

    sending = webhook.Post(any_db, send=send)
    try:
        sending.turn()
        assert quick.wait(60)
        for _ in range(5):
            sending.turn()
        assert len(stuck) <= webhook.EACH
        assert max(Counter(stuck).values()) <= webhook.TO_ONE
        with any_db.session() as session:
            session.add(
                Delivery(
                    id="m9",
                    tenant="other",
                    webhook=None,
                    job="",
                    url="https://quick.example/",
                    body={},
                    headers={},
                    state="pending",
                    next_try=2.0,
                    created=now(),
                )
            )
        quick.clear()
        sending.due = 0.0
        sending.turn()
        assert quick.wait(60)
    finally:
        answers.set()
        sending.close()


def test_when_the_next_message_is_due_is_known(db):
    assert webhook.Post(db).due == 0.0
    sending = webhook.Post(db, send=lambda *_, **__: post.Answer(status=500, text="HTTP 500"))
    sending.turn()
    assert sending.due == float("inf")
    with db.session() as session:
        row = {
            "tenant": "main",
            "webhook": None,
            "job": "",
            "url": "https://example.com/",
            "body": {},
            "headers": {},
            "state": "pending",
            "created": now(),
        }
        session.add(Delivery(id="later", next_try=now() + 500.0, **row))
    assert sending.turn() == 0 and 400 < sending.due - now() < 501
    sending.close()


def test_a_sender_that_dies_leaves_it_to_the_next(db, make_job, moved):
    clock = moved(webhook, finish)
    add(db)
    emit(db, make_job())

    def dies(*_, **__):
        raise SystemExit

    assert webhook.deliver_due(db, send=dies) == 0
    ids = []

    def send(url, body, headers, **_):
        ids.append(headers["webhook-id"])
        return post.Answer(status=200, text="HTTP 200")

    assert webhook.deliver_due(db, send=send) == 0
    clock.pass_by(webhook.LEASE + 1)
    assert webhook.deliver_due(db, send=send) == 1 and ids == [deliveries(db)[0].id]


def test_removed_it_hears_no_more(db, make_job):
    hook = add(db)
    emit(db, make_job())
    with db.session() as session:
        with pytest.raises(JobError, match="no webhook"):
            webhook.remove(session, "other", hook.id, actor="eve")
        webhook.remove(session, "main", hook.id, actor="ana")
        assert webhook.listed(session, "main") == []
    assert [row.state for row in deliveries(db)] == ["failed"]


# where it must not go


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "https://", "example.com", "https://user:pw@example.com/", "https://exa mple.com/",
        "https://example.com:22/", "http://localhost/x",
        "http://127.0.0.1/", "http://10.1.2.3/", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest", "http://printer.local/",
        "http://db.internal/", "http://0.0.0.0/", "https://" + "a" * 9_000, "http://2130706433/", "http://0x7f.1/",
        "http://127.1/", "http://0x7f000001/", "javascript:alert(1)", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_addresses_that_are_refused_at_once(db, url):
    with pytest.raises(JobError) as error:
        add(db, url)
    assert (error.value.code, error.value.field) == ("invalid_parameter", "url")
    with db.reading() as session:
        assert session.scalars(select(Webhook)).all() == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?x=1",
        "http://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://bücher.example/",
    ],
)
def test_addresses_that_are_taken(db, url):
    assert add(db, url).secret.startswith("whsec_")


def test_events_nobody_emits_are_refused(db):
    for events in (["generation.born"], [], [3]):
        with pytest.raises(JobError) as error:
            add(db, events=events)
        assert error.value.field == "events"


@pytest.mark.parametrize("lead", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "fd00::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_gets_nothing(monkeypatch, receiver, lead):
    """A public name whose record points to a private address: looked up, refused, never connected to."""
    monkeypatch.setattr(addresses, "_resolve", lambda host, port: [lead])
    answer = post.post("http://evil.example.com/", {"a": 1}, {"webhook-id": "m"})
    assert answer.status == 0 and "not a public address" in answer.text
    assert receiver.got == []


def test_a_name_is_looked_up_once_and_held_to(monkeypatch, receiver):
    """The second look-up would lead elsewhere (DNS rebinding): there is none."""
    looks = []

    def resolve(host, port):
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(addresses, "_resolve", resolve)
    answer = post.post(
        f"http://hooks.example.com:{receiver.port}/",
        {"a": 1},
        {"webhook-id": "m"},
        allow=(f"hooks.example.com:{receiver.port}",),
    )
    assert (answer.status, looks) == (204, ["hooks.example.com"])
    assert receiver.got[0][1]["host"] == f"hooks.example.com:{receiver.port}"


def test_redirects_are_not_followed(receiver):
    target = Receiver()
    receiver.answers = [(307, {"location": target.url})]
    assert post.post(receiver.url, {}, {"webhook-id": "m"}, allow=(*receiver.allow, *target.allow)).status == 307
    assert target.got == []
    target.close()


def test_a_certificate_of_another_name_is_not_trusted(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path, "other.example.com"))
    server = Receiver(context)
    answer = post.post(f"https://127.0.0.1:{server.port}/", {}, {"webhook-id": "m"}, allow=server.allow)
    assert answer.status == 0 and server.got == []
    server.close()


def test_nobody_there_and_nobody_known():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert (
        post.post(f"http://127.0.0.1:{port}/", {}, {"webhook-id": "m"}, allow=(f"127.0.0.1:{port}",)).text
        == "nobody answers there"
    )
    answer = post.post("http://nobody.invalid/", {}, {"webhook-id": "m"})
    assert (answer.status, "not known" in answer.text or "too long" in answer.text) == (0, True)


@pytest.mark.parametrize("drip", [b"", b"H"])
def test_a_server_that_dawdles_is_cut_off(monkeypatch, drip):
    """One says nothing, one drips a byte at a time and would never run into a read timeout."""
    monkeypatch.setattr(post, "WHOLE", 1.0)
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def dawdle():
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.1):
                try:
                    connection.sendall(drip)
                except OSError:
                    return

    thread = threading.Thread(target=dawdle, daemon=True)
    thread.start()
    started = time.monotonic()
    answer = post.post(f"http://127.0.0.1:{port}/", {}, {"webhook-id": "m"}, allow=(f"127.0.0.1:{port}",))
    stop.set()
    listener.close()
    thread.join(5)
    assert answer.status == 0 and time.monotonic() - started < 30


def test_how_long_others_ask_us_to_wait(monkeypatch):
    monkeypatch.setattr(post, "now", lambda: 1_795_000_000.0)
    later = datetime.fromtimestamp(1_795_000_090, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    for value, seconds in (
        (None, 0),
        ("30", 30),
        ("-5", 0),
        (later, 90),
        ("soon", 0),
        ("nan", 0),
        ("inf", 86_400),
        ("1e300", 86_400),
    ):
        assert post._retry_after(value) == seconds


def self_signed(folder, name):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), start, start + timedelta(days=3)
    )
    certificate = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(
        key, hashes.SHA256()
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return folder / "cert.pem", folder / "key.pem"
