"""The one door for strangers' URLs, against real servers on this machine that behave well and badly."""

import base64
import gzip
import io
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from phonofilm.errors import FetchError
from phonofilm.storage.addresses import is_public, look_up, split
from phonofilm.storage.fetch import fetch


def _png(side=8):
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 60)).save(out, "PNG")
    return out.getvalue()


PNG = _png()


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        return

    def _send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"], dict(self.headers)))
        path, _, query = self.path.partition("?")
        if path == "/ok.png":
            self._send(200, PNG, Content_Type="text/html")
        elif path == "/hop":
            left = int(query)
            self._send(302, Location=f"/hop?{left - 1}" if left > 1 else "/ok.png")
        elif path == "/to":
            self._send(307, Location=query)
        elif path == "/page":
            self._send(200, b"<!DOCTYPE html><p>" + b"x" * 200, Content_Type="image/png")
        elif path == "/gzip":
            self._send(200, gzip.compress(b"\0" * 5_000_000), Content_Type="image/png", Content_Encoding="gzip")
        elif path == "/zipped.png":
            self._send(200, gzip.compress(PNG), Content_Type="image/png")
        elif path == "/empty":
            self._send(200)
        elif path == "/missing":
            self._send(404, b"no")
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", str(len(PNG) + 50))
            self.end_headers()
            self.wfile.write(PNG)
            self.close_connection = True
        elif path in ("/big", "/endless"):
            self.send_response(200)
            if path == "/big":
                self.send_header("Content-Length", str(10**12))
            else:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            block = PNG + b"\0" * 60_000
            try:
                while True:
                    self.wfile.write(block if path == "/big" else b"%x\r\n%s\r\n" % (len(block), block))
                    self.server.sent += len(block)
            except OSError:
                self.close_connection = True
        elif path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            try:
                for byte in PNG * 100:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                self.close_connection = True
        elif path == "/headers":
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for n in range(600):
                    self.wfile.write(b"X-%d: y\r\n" % n)
                    time.sleep(0.05 if query == "slow" else 0)
            except OSError:
                self.close_connection = True


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads, server.asked, server.sent = True, [], 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(site, tmp_path):
    """Fetch a path of the site under the name an operator allows."""
    port = site.server_address[1]

    def ask(path, **options):
        allow = (f"files.internal:{port}",)
        return fetch(
            f"http://files.internal:{port}{path}",
            tmp_path / "in",
            **{"allow": allow, "resolver": lambda host, port: ["127.0.0.1"], "seconds": 20} | options,
        )

    yield ask
    assert [path.name for path in tmp_path.iterdir() if path.name != "in"] == []


def test_a_file_comes_in_with_its_true_type(get, site, tmp_path):
    got = get("/ok.png?token=secret#part")
    assert (got.path.read_bytes(), got.kind, got.content_type, got.bytes) == (PNG, "image", "image/png", len(PNG))
    path, host, headers = site.asked[0]
    assert path == "/ok.png?token=secret" and host == f"files.internal:{site.server_address[1]}"
    assert headers["Accept-Encoding"] == "identity" and "Authorization" not in headers and "Cookie" not in headers
    assert "secret" not in got.url


def test_three_redirects_are_followed_and_no_more(get):
    assert get("/hop?3").bytes == len(PNG)
    with pytest.raises(FetchError, match="more than 3") as raised:
        get("/hop?4")
    assert raised.value.reason == "refused"


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/x.png", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
        "http://2130706433/", "file:///etc/passwd", "ftp://x.org/a", "data:image/png;base64,AA==",
               "http://user:pw@example.org/", "//[::ffff:127.0.0.1]/x", "http://example.org:22/",
               "gopher://127.0.0.1:25/", ""]
)  # fmt: skip
def test_a_redirect_leads_nowhere_else(get, site, target):
    def resolver(host, port):
        return (
            ["127.0.0.1"]
            if host == "files.internal"
            else [info[4][0] for info in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]
        )

    with pytest.raises(FetchError):
        get(f"/to?{target}", resolver=resolver)
    assert len(site.asked) == 1


def test_the_name_is_looked_up_once_and_the_connection_goes_there(get, site):
    """A name that turns private after the check (rebinding) never gets a second look."""
    answers = [["127.0.0.1"], ["10.9.9.9"]]
    assert get("/ok.png", resolver=lambda host, port: answers.pop(0)).bytes == len(PNG)
    assert answers == [["10.9.9.9"]]


def test_one_private_address_among_public_ones_is_one_too_many(tmp_path):
    with pytest.raises(FetchError, match="not a public address"):
        fetch("http://mixed.example/x", tmp_path / "x", resolver=lambda host, port: ["93.184.215.14", "10.0.0.1"])


def test_only_the_port_that_is_allowed(site, tmp_path):
    port = site.server_address[1]
    for allow in ((), ("files.internal",), (f"files.internal:{port + 1}",), (f"other:{port}",)):
        with pytest.raises(FetchError) as raised:
            fetch(
                f"http://files.internal:{port}/ok.png",
                tmp_path / "x",
                allow=allow,
                resolver=lambda host, port: ["127.0.0.1"],
            )
        assert raised.value.reason == "refused" and "127.0.0.1" not in str(raised.value)
    assert site.asked == []


@pytest.mark.parametrize(
    ("path", "reason", "words"),
    [("/page", "wrong_type", "a web page"), ("/gzip", "wrong_type", "compressed"),
        ("/zipped.png", "wrong_type", "gzip"), ("/empty", "wrong_type", "empty"),
     ("/missing", "failed", "404"), ("/short", "failed", "broke off"), ("/big", "too_large", "larger"),
     ("/endless", "too_large", "larger"), ("/headers", "failed", "failed")],
)  # fmt: skip
def test_what_is_wrong_is_named(get, site, tmp_path, path, reason, words):
    with pytest.raises(FetchError, match=words) as raised:
        get(path, max_bytes=300_000)
    assert raised.value.reason == reason and not (tmp_path / "in").exists()
    assert site.sent < 20_000_000


@pytest.mark.parametrize("path", ["/drip", "/headers?slow"])
def test_one_byte_at_a_time_is_cut_off_at_the_deadline(get, path):
    started = time.monotonic()
    with pytest.raises(FetchError, match="too slow") as raised:
        get(path, seconds=1.5, idle=1.0)
    assert raised.value.reason == "timeout" and time.monotonic() - started < 20  # all of it would take longer than 30


def test_a_server_that_says_nothing(tmp_path):
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    for scheme in ("http", "https"):
        with pytest.raises(FetchError, match="too slow"):
            fetch(
                f"{scheme}://s.internal:{port}/",
                tmp_path / "x",
                allow=(f"s.internal:{port}",),
                resolver=lambda host, port: ["127.0.0.1"],
                idle=0.5,
                seconds=5,
            )
    silent.close()


def test_tls_checks_the_name_not_the_address(site, tmp_path):
    cryptography = pytest.importorskip("cryptography")
    assert cryptography
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "files.internal")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
    )
    made = (
        made.add_extension(x509.SubjectAlternativeName([x509.DNSName("files.internal")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "c.pem").write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem")
    names = []
    context.sni_callback = lambda sock, server, _: names.append(server)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    trust, port = ssl.create_default_context(cafile=str(tmp_path / "c.pem")), site.server_address[1]

    def ask(host, **options):
        return fetch(
            f"https://{host}:{port}/ok.png",
            tmp_path / "x",
            allow=(f"{host}:{port}",),
            resolver=lambda host, port: ["127.0.0.1"],
            seconds=10,
            **options,
        )

    assert ask("files.internal", trust=trust).bytes == len(PNG) and names == ["files.internal"]
    with pytest.raises(FetchError, match="certificate"):
        ask("other.internal", trust=trust)
    with pytest.raises(FetchError, match="certificate"):
        ask("files.internal")


PRIVATE = (
    "127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.100.100.200"
    " 0.0.0.0 0.1.2.3 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1"
    " 255.255.255.255 168.63.129.16 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1"
    " ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::a00:1 2002:7f00:1::"
    " 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 fec0::1 100::1 nonsense"
).split()


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


def test_addresses_that_are():
    assert all(
        is_public(address)
        for address in (
            "8.8.8.8",
            "93.184.215.14",
            "1.1.1.1",
            "2606:4700:4700::1111",
            "2a00:1450:4001:81c::200e",
            "172.32.0.1",
        )
    )


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "0",
        "①②⑦.0.0.1",
    ],
)
def test_other_ways_to_write_home(host):
    with pytest.raises(FetchError):
        look_up(f"http://{host}/")


@pytest.mark.parametrize(
    "url", ["", "http://", "http:///x", "//x/y", "http://a@b/", "http://:p@b/", "http://@b/", "http://a\\@b/",
        "http://a b/", "http://a\tb/", "ht\ntp://a/", "javascript:1", "http://a:99999/",
            "http://a:b/", "http://[::1/", "http://exa\0mple/", "http://-/", "http://a..b/", "x" * 9000, "http://%31%32%37.0.0.1/"]
)  # fmt: skip
def test_urls_that_are_none(url):
    with pytest.raises(FetchError) as raised:
        split(url)
    assert raised.value.reason == "refused"


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="htps:/@[]%.\\0123456789abxF#?&=-_é①", max_size=60).map(lambda text: "http://" + text),
    )
)
def test_any_text_is_a_url_or_a_refusal(text):
    try:
        scheme, host, port, target = split(text)
    except FetchError:
        return
    assert scheme in ("http", "https") and 0 <= port < 65536 and host and target.isascii()
    assert not set(host) & set("@/\\ \r\n\0") and not set(target) & set(" \r\n\0")


def _data(content, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def test_data_urls(tmp_path):
    got = fetch(_data(PNG), tmp_path / "x")
    assert (got.path.read_bytes(), got.kind, got.url) == (PNG, "image", "data:")
    assert fetch("data:,%89PNG%0D%0A%1A%0A" + "%00" * 60, tmp_path / "y").content_type == "image/png"


@pytest.mark.parametrize(
    ("url", "reason"),
    [("data:image/png", "refused"), ("data:image/png;base64,@@@@", "wrong_type"), (_data(b"hello"), "wrong_type"),
        (_data(PNG, "audio/wav"), "wrong_type"), (_data(b""), "wrong_type"),
     (_data(PNG * 2000), "too_large"), ("data:image/png;base64," + "A" * 5_000_000, "too_large"),
     ("data:" + ";a=b" * 200 + ",x", "refused")],
)  # fmt: skip
def test_data_urls_that_are_wrong(tmp_path, url, reason):
    with pytest.raises(FetchError) as raised:
        fetch(url, tmp_path / "x", max_bytes=100_000)
    assert raised.value.reason == reason and list(tmp_path.iterdir()) == []


def test_a_kind_that_was_not_asked_for(tmp_path):
    with pytest.raises(FetchError, match="WAV, MP3 or M4A"):
        fetch(_data(PNG), tmp_path / "x", kinds=("audio",))
