# SPDX-License-Identifier: BSD-2-Clause
"""HTTPS: what is agreed on, files over it, clients that are slow, rude or speak something else."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest
from httplab import BIG, Conn, HttpLab, Server, control, pattern, request
from lab import Lab, program, stock, wait_for


@pytest.fixture(scope="module", autouse=True)
def built_with_tls():
    done = subprocess.run([program("httpfsd"), "--test", "--tls-listen", ":0", "/"], capture_output=True, text=True)
    if "built without TLS" in done.stderr:
        pytest.skip("httpfsd was built without TLS")


def make_certificate(lab, name, cn="localhost", kind="ec", days="30"):
    """A self-signed certificate and its key: two paths."""
    cert, key = lab.dir / f"{name}.pem", lab.dir / f"{name}.key"
    new = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[kind]
    subprocess.run([stock("openssl"), "req", "-x509", "-newkey", *new, "-nodes", "-keyout", key, "-out", cert,
                    "-days", days, "-subj", f"/CN={cn}", "-addext", f"subjectAltName=DNS:{cn},IP:127.0.0.1"],
                   check=True, capture_output=True)
    key.chmod(0o600)
    return cert, key


class TlsConn(Conn):
    """A raw connection inside TLS."""

    def __init__(self, server, timeout=20, context=None, name="localhost", **kwargs):
        super().__init__(server, timeout)
        context = context or client(server)
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=name, **kwargs)
        except Exception:
            self.sock.close()
            raise


def client(server=None, **kwargs):
    """A client's context; checks the certificate when a server is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0x80)  # see an end without close_notify
    if server is not None:
        context.check_hostname = True
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(server.cert)
    for name, value in kwargs.items():
        setattr(context, name, value)
    return context


class TlsServer(Server):
    cert = None

    def connect(self, **kwargs):
        return TlsConn(self, **kwargs)


def https(own, *args, cert=None, key=None, config=None, workers=2):
    """A server with plain HTTP on one port and HTTPS on another."""
    own.fill()
    if cert is None:
        cert, key = make_certificate(own.lab, "server")
    plain = own.start("--tls-listen", "127.0.0.1:0", "--certificate", cert, "--key", key, *args, config=config,
                      workers=workers)
    return over_tls(plain, cert)


def over_tls(plain, cert):
    m = plain.proc.wait_log(r"serving on .*?127\.0\.0\.1:(\d+) \(TLS\)")
    server = TlsServer(plain.proc, "127.0.0.1", int(m.group(1)), plain.root)
    server.cert, server.plain, server.url = cert, plain, f"https://127.0.0.1:{m.group(1)}"
    return server


SHORT = ('limits: { handshake_timeout = "1s"; head_timeout = "3s"; idle_timeout = "4s"; linger_timeout = "1s"; '
         'handshakes = 20; };')


@pytest.fixture(scope="module")
def web():
    with Lab("httpfsd-tls") as lab:
        yield https(HttpLab(lab), config=SHORT)


def counter(own_or_web, result):
    lab = own_or_web.proc.lab

    class Holder:
        pass

    holder = Holder()
    holder.lab = lab
    stats = json.loads(control(holder, "stats")[0])
    for key, value in flatten(stats):
        if "tls_handshakes" in key and result in key:
            return value
    raise AssertionError(f"no counter {result} in {stats}")


def flatten(value, prefix=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flatten(inner, f"{prefix}/{name}")
    else:
        yield prefix, value


def curl(web, *args):
    return subprocess.run([stock("curl"), "-sS", "--cacert", web.cert, *map(str, args)], capture_output=True,
                          timeout=60)


def s_client(web, *args, data=b"", timeout=20):
    done = subprocess.run([stock("openssl"), "s_client", "-connect", f"127.0.0.1:{web.port}", *args], input=data,
                          capture_output=True, timeout=timeout)
    return (done.stdout + done.stderr).decode("latin-1")


# --- what is agreed on

@pytest.mark.parametrize("version,name", [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")])
def test_versions(web, version, name):
    context = client(web, minimum_version=version, maximum_version=version)
    with web.connect(context=context) as c:
        assert c.sock.version() == name
        c.send(request("/hello.txt"))
        assert c.read_response().body == b"hello\n"


@pytest.mark.parametrize("flag", ["-tls1", "-tls1_1"])
def test_old_versions_are_refused(web, flag):
    before = counter(web, "version")
    out = s_client(web, flag, "-cipher", "ALL:@SECLEVEL=0")
    assert "protocol version" in out and "Cipher is (NONE)" in out
    assert counter(web, "version") == before + 1
    web.log_line(r"127\.0\.0\.1:\d+: TLS: no common protocol version: unsupported protocol")


@pytest.mark.parametrize("cipher", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"])
def test_weak_ciphers_are_refused(web, cipher):
    before = counter(web, "cipher")
    out = s_client(web, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert "handshake failure" in out
    assert counter(web, "cipher") == before + 1


def test_rfc7301_alpn(web):
    context = client(web)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with web.connect(context=context) as c:
        assert c.sock.selected_alpn_protocol() == "http/1.1"
        assert c.send(request("/hello.txt")).read_response().status == 200
    with web.connect() as c:
        assert c.sock.selected_alpn_protocol() is None


def test_rfc7301_no_common_protocol(web):
    context = client(web)
    context.set_alpn_protocols(["h2"])
    before = counter(web, "alpn")
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        web.connect(context=context)
    assert counter(web, "alpn") == before + 1


def test_renegotiation_is_refused(web):
    out = s_client(web, "-tls1_2", data=b"R\n", timeout=20)
    assert "no renegotiation" in out or "NO_RENEGOTIATION" in out
    assert web.still_serves()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tickets_resume_a_session(web, version):
    version = ssl.TLSVersion[version]
    context = client(web, minimum_version=version, maximum_version=version)
    with web.connect(context=context) as c:
        c.send(request("/hello.txt")).read_response()
        session = c.sock.session
    before = counter(web, "resumed")
    with web.connect(context=context, session=session) as c:
        assert c.sock.session_reused
        assert c.send(request("/hello.txt")).read_response().body == b"hello\n"
    assert counter(web, "resumed") == before + 1


def test_rsa_certificate(own):
    cert, key = make_certificate(own.lab, "rsa", kind="rsa")
    web = https(own, cert=cert, key=key)
    assert web.still_serves()
    assert curl(web, "--tls-max", "1.2", web.url + "/hello.txt").stdout == b"hello\n"


def test_key_in_the_certificate_file(own):
    cert, key = make_certificate(own.lab, "one")
    both = own.lab.file("both.pem", cert.read_text() + key.read_text())
    os.chmod(both, 0o600)
    own.fill()
    plain = own.start("--tls-listen", "127.0.0.1:0", "--certificate", both)
    assert over_tls(plain, cert).still_serves()


def test_chain_is_sent(own):
    cert, key = make_certificate(own.lab, "leaf")
    other, _ = make_certificate(own.lab, "other", cn="other")
    chain = own.lab.file("chain.pem", cert.read_text() + other.read_text())
    web = https(own, cert=chain, key=key)
    assert s_client(web, "-showcerts").count("BEGIN CERTIFICATE") == 2


def test_sni_chooses_the_hosts_certificate(own):
    a, a_key = make_certificate(own.lab, "a", cn="a.example")
    b, b_key = make_certificate(own.lab, "b", cn="b.example")
    web = https(own, cert=a, key=a_key, config=f'''
        hosts = ( {{ names = [ "B.Example" ]; tls = {{ certificate = "{b}"; key = "{b_key}"; }};
                     mounts = ( {{ at = "/"; dir = "{own.root}/list"; }} ); }} );''')
    context = client(web)
    context.load_verify_locations(b)
    with web.connect(context=context, name="a.example") as c:
        assert c.send(request("/hello.txt")).read_response().status == 200
    with web.connect(context=context, name="b.example") as c:
        c.send(request("/b.txt", host=False, fields=[("Host", "b.example")]))
        assert c.read_response().body == b"b\n"
    with web.connect(context=client(), name="c.example") as c:
        assert c.sock.getpeercert(True) == ssl.PEM_cert_to_DER_cert(a.read_text())


def test_each_listen_address_has_its_certificate(own):
    own.fill()
    a, a_key = make_certificate(own.lab, "a")
    b, b_key = make_certificate(own.lab, "b")
    config = f'''root = "{own.root}"; workers = 2;
        listeners = ( {{ address = "127.0.0.1:0"; tls = {{ certificate = "{a}"; key = "{a_key}"; }}; }},
                      {{ address = "127.0.0.2:0"; }},
                      {{ address = "127.0.0.3:0"; tls = {{ certificate = "{b}"; key = "{b_key}"; }}; }} );'''
    proc = own.lab.daemon("httpfsd", "--config", own.lab.file("httpfsd.cfg", config))
    m = proc.wait_log(r"serving on 127\.0\.0\.1:(\d+) \(TLS\) 127\.0\.0\.2:(\d+) 127\.0\.0\.3:(\d+) \(TLS\)")
    for host, port, cert in (("127.0.0.1", m.group(1), a), ("127.0.0.3", m.group(3), b)):
        server = TlsServer(proc, host, int(port), own.root)
        with server.connect(context=client()) as c:
            assert c.sock.getpeercert(True) == ssl.PEM_cert_to_DER_cert(cert.read_text())
            assert c.send(request("/hello.txt")).read_response().body == b"hello\n"
    assert Server(proc, "127.0.0.2", int(m.group(2)), own.root).still_serves()


def test_unix_socket(own):
    own.fill()
    cert, key = make_certificate(own.lab, "unix")
    path = own.lab.dir / "tls.sock"
    plain = own.start("--tls-listen", f"unix:{path}", "--certificate", cert, "--key", key)
    server = TlsServer(plain.proc, None, 0, own.root, unix=str(path))
    server.cert = cert
    assert server.still_serves()


def test_sockets_from_systemd(own):
    """The port says which of them speak TLS."""
    own.fill()
    cert, key = make_certificate(own.lab, "server")
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    plain, tls = (s.getsockname()[1] for s in socks)
    # To numbers out of the way first: one of them may be 3 or 4 itself.
    script = (f'exec 21<&{socks[0].fileno()} 22<&{socks[1].fileno()}; exec 3<&21 4<&22; '
              'export LISTEN_PID=$$ LISTEN_FDS=2; exec "$@"')
    proc = own.lab.spawn("httpfsd", "bash", "-c", script, "sh", program("httpfsd"), "--control", "", "--workers", "2",
                         "--tls-listen", "127.0.0.1:1", "--tls-listen", f":{tls}", "--certificate", cert, "--key", key,
                         own.root, pass_fds=[s.fileno() for s in socks])
    proc.wait_log(rf"serving on 127\.0\.0\.1:{plain} 127\.0\.0\.1:{tls} \(TLS\)")
    for s in socks:
        s.close()
    web = TlsServer(proc, "127.0.0.1", tls, own.root)
    web.cert = cert
    assert web.still_serves()
    assert Server(proc, "127.0.0.1", plain, own.root).still_serves()
    assert "no HTTPS on 127.0.0.1:1: no socket from systemd has its port" in proc.text()
    assert f"no HTTPS on :{tls}" not in proc.text()
    proc.stop()


# --- requests over it

def test_head_get_and_keep_alive(web):
    with web.connect() as c:
        for _ in range(5):
            r = c.send(request("/k.bin", "HEAD")).read_response("HEAD")
            assert r.status == 200 and r.get("Content-Length") == "1000"
            assert c.send(request("/k.bin")).read_response().body == pattern(1000)
            assert c.send(request("/nope")).read_response().status == 404
            assert c.send(request("/empty")).read_response().body == b""


@pytest.mark.parametrize("field,start,end", [("0-0", 0, 1), ("1000-200999", 1000, 201000), ("-5", BIG - 5, BIG),
                                             ("2999999-", 2999999, BIG)])
def test_ranges(web, field, start, end):
    r = web.ask("/big.bin", fields=[("Range", f"bytes={field}")])
    assert r.status == 206 and r.body == pattern(BIG)[start:end]


def test_multiple_ranges(web):
    r = web.ask("/big.bin", fields=[("Range", "bytes=0-9,100000-199999,3000000-")])
    assert r.status == 206
    for part in (pattern(BIG)[:10], pattern(BIG)[100000:200000], pattern(BIG)[3000000:]):
        assert part in r.body


def test_pipelining_keeps_order(web):
    names = ["/hello.txt", "/k.bin", "/nope", "/big.bin", "/empty"] * 20
    with web.connect() as c:
        c.send("".join(request(n) for n in names))
        got = [c.read_response() for _ in names]
    want = {"/hello.txt": b"hello\n", "/k.bin": pattern(1000), "/big.bin": pattern(BIG)}
    for name, r in zip(names, got):
        assert r.status == (404 if name == "/nope" else 200)
        assert r.body == want.get(name, b"")


def test_more_requests_than_the_input_holds_in_few_records(web):
    """Decrypted requests wait inside the session, where the socket's readiness does not show them."""
    one = request("/hello.txt", fields=[("X-Pad", "x" * 1500)])
    with web.connect() as c:
        c.send(one * 200)
        for _ in range(200):
            assert c.read_response().body == b"hello\n"


def test_the_end_of_a_record_that_did_not_fit(web):
    """Half a head waits in the input, so that the next record does not fit: its rest waits decrypted in the
    session, and nothing more will come to wake the server."""
    def padded(size):
        empty = len(request("/hello.txt", fields=[("X-Pad", "x")])) - 1
        return request("/hello.txt", fields=[("X-Pad", "x" * (size - empty))])

    first = padded(9000)
    rest = first[8000:] + padded(2000) * 7
    with web.connect() as c:
        c.send(first[:8000])
        time.sleep(0.3)
        c.send(rest + padded(16384 - len(rest)))
        for _ in range(9):
            assert c.read_response().body == b"hello\n"


def test_one_byte_a_record(web):
    with web.connect() as c:
        for byte in request("/hello.txt"):
            c.send(byte)
        assert c.read_response().body == b"hello\n"


def test_unwanted_body_is_skipped(web):
    with web.connect() as c:
        c.send(request("/hello.txt", fields=[("Content-Length", "50000")]) + "x" * 50000 + request("/k.bin"))
        assert c.read_response().body == b"hello\n"
        assert c.read_response().body == pattern(1000)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl_10_mib(web, version):
    size = 10 << 20
    path = web.root / "ten.bin"
    if not path.exists():
        path.write_bytes(pattern(size))
    done = curl(web, "--tls-max", version, f"--tlsv{version}", web.url + "/ten.bin")
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(pattern(size)).digest()


def test_curl_resumes_and_reuses(web):
    done = curl(web, "-v", "-r", "100-199", web.url + "/k.bin", web.url + "/k.bin")
    assert done.stdout == pattern(1000)[100:200] * 2
    assert b"Re-using existing connection" in done.stderr


def test_wget(web):
    done = subprocess.run([stock("wget"), "-qO-", f"--ca-certificate={web.cert}", web.url + "/big.bin"],
                          capture_output=True, timeout=60)
    assert done.stdout == pattern(BIG)


def test_slow_reader_gets_all(web):
    with web.connect() as c:
        c.send(request("/big.bin"))
        head = b""
        for _ in range(20):
            head += c.sock.recv(1000)
            time.sleep(0.02)
        c.buf += head
        assert c.read_response().body == pattern(BIG)


def test_listing(web):
    assert b"b.txt" in web.ask("/list/", fields=[("Accept", "text/html")]).body


def test_rate_cap(own):
    own.fill()
    cert, key = make_certificate(own.lab, "rate")
    plain = own.start("--tls-listen", "127.0.0.1:0", "--certificate", cert, "--key", key, root=False,
                      config=f'mounts = ( {{ at = "/"; dir = "{own.root}"; rate = "2M"; }} );')
    web = over_tls(plain, cert)
    began = time.monotonic()
    assert web.ask("/big.bin").body == pattern(BIG)
    assert 1.0 < time.monotonic() - began < 10


# --- the end of a connection

def test_close_notify_ends_an_answer(web):
    """Python raises SSLEOFError where the end comes without close_notify."""
    for target in ("/hello.txt", "/big.bin"):
        with web.connect(suppress_ragged_eofs=False) as c:
            c.send(request(target, fields=[("Connection", "close")]))
            assert c.read_response().status == 200
            assert c.rest() == b""


def test_close_notify_when_idle(web):
    with web.connect(suppress_ragged_eofs=False) as c:
        assert c.send(request("/hello.txt")).read_response().status == 200
        assert c.rest() == b""  # idle_timeout is 4 s


def test_close_notify_after_a_refusal(web):
    with web.connect(suppress_ragged_eofs=False) as c:
        c.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        assert c.read_response().status == 400
        assert c.rest() == b""


def test_no_close_notify_when_the_file_shrinks(own):
    """A client must see that what it got is not whole."""
    web = https(own)
    path = own.file("shrinks.bin", pattern(20 << 20))
    with web.connect(suppress_ragged_eofs=False) as c:
        c.send(request("/shrinks.bin"))
        c.sock.recv(1000)
        os.truncate(path, 1000)
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
            c.rest()
    assert web.still_serves()


def test_client_that_leaves_without_close_notify(web):
    for shut in (True, False):
        c = web.connect()
        assert c.send(request("/hello.txt")).read_response().status == 200
        raw = socket.socket(fileno=c.sock.detach())
        if shut:
            raw.shutdown(socket.SHUT_WR)
            raw.settimeout(5)
            while raw.recv(65536):  # tickets, close_notify, and the end at once
                pass
        raw.close()
    assert web.still_serves()


def test_client_that_leaves_in_the_middle(web):
    c = web.connect()
    c.send(request("/big.bin"))
    c.sock.recv(100)
    socket.socket(fileno=c.sock.detach()).close()
    web.log_line(r'"GET /big.bin HTTP/1.1" 200 \d+')
    assert web.still_serves()


def test_half_close_is_answered(web):
    """A request and close_notify right behind it."""
    done = subprocess.run([stock("openssl"), "s_client", "-quiet", "-no_ign_eof", "-connect",
                           f"127.0.0.1:{web.port}"], input=request("/hello.txt").encode(), capture_output=True,
                          timeout=20)
    assert done.returncode == 0
    assert web.still_serves()


def test_garbage_after_the_handshake(web):
    c = web.connect()
    raw = socket.socket(fileno=c.sock.detach())
    raw.sendall(b"\x17\x03\x03\x00\x20" + os.urandom(32))
    raw.settimeout(5)
    try:
        while raw.recv(65536):
            pass
    except ConnectionResetError:
        pass
    raw.close()
    assert web.still_serves()


# --- who speaks something else, or too slowly

@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_plain_request_on_the_tls_port(web, method):
    before = counter(web, "plain_http")
    with Conn(web) as c:
        c.send(request("/hello.txt", method))
        r = c.read_response(method)
        assert r.status == 400 and r.get("Content-Type") == "text/plain" and r.get("Connection") == "close"
        assert r.body == (b"" if method == "HEAD" else b"This port speaks HTTPS, not HTTP.\n")
        assert c.ends()
    assert counter(web, "plain_http") == before + 1
    web.log_line(r"127\.0\.0\.1:\d+: TLS: plain HTTP request on a TLS port")
    web.log_line(rf'"{method} /hello.txt HTTP/1.1" 400 \d+')


def test_plain_request_makes_one_line_and_one_event(own):
    web = https(own)
    with Conn(web) as c:
        c.send(request("/hello.txt"))
        assert c.read_response().status == 400
        assert c.ends()
    web.log_line(r'" 400 ')
    assert len(re.findall(r"plain HTTP request", web.proc.text())) == 1
    events = [json.loads(line) for line in control(own, "events") if '"http"' in line]
    assert [e.get("status") for e in events] == [400]


def test_garbage_instead_of_a_handshake(web):
    before = counter(web, "malformed")
    with Conn(web) as c:
        c.send(b"\x16\x03\x01\x00\x05hello")
        c.sock.settimeout(5)
        try:
            c.rest()
        except ConnectionResetError:
            pass
    wait_for(lambda: counter(web, "malformed") == before + 1, 5, "the counter of malformed handshakes")
    assert web.still_serves()


def test_slow_handshake_times_out(own):
    web = https(own, config=SHORT)
    with Conn(web) as c:
        c.send(b"\x16\x03\x01\x02\x00\x01")
        began = time.monotonic()
        assert c.ends(30)
        assert time.monotonic() - began > 0.5
    assert counter(web, "timeout") == 1
    web.log_line(r"127\.0\.0\.1:\d+: TLS: the handshake took too long")
    event = [json.loads(line) for line in control(own, "events") if "took too long" in line]
    assert len(event) == 1 and event[0]["reason"] == "timeout" and event[0]["ip"] == "127.0.0.1"


def test_handshake_that_trickles_times_out(web):
    """Every byte is progress, but the time is for the whole."""
    with Conn(web) as c:
        began = time.monotonic()
        with pytest.raises(OSError):
            for byte in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100):
                c.send(bytes([byte]))
                time.sleep(0.1)
        assert time.monotonic() - began < 5


def test_half_handshakes_cost_others_nothing(web):
    """Past the limit the oldest go; who comes next is served."""
    before = counter(web, "limit")
    half = [Conn(web) for _ in range(100)]
    try:
        for c in half:
            c.send(b"\x16\x03\x01\x02\x00\x01")
        wait_for(lambda: counter(web, "limit") >= before + 60, 1, "handshakes past the limit")
        began = time.monotonic()
        for _ in range(10):
            assert web.still_serves()
            assert web.plain.still_serves()
        assert time.monotonic() - began < 5
    finally:
        for c in half:
            c.sock.close()


def test_client_that_trusts_nobody(own):
    web = https(own)
    context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        web.connect(context=context, name="localhost")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLCertVerificationError):
        web.connect(context=context, name="localhost")
    wait_for(lambda: counter(web, "alert") == 2, 5, "the counter of alerts")
    web.log_line(r"TLS: the client refused: .*alert unknown ca")


def test_port_probe_is_not_logged(own):
    web = https(own, config="defer_accept = false;")
    for _ in range(3):
        Conn(web).sock.close()
    assert web.still_serves()
    assert "went away" not in web.proc.text()
    assert counter(web, "gone") == 0


def test_connections_show_tls(own):
    web = https(own)
    with web.connect() as c:
        c.send(request("/hello.txt")).read_response()
        shown = [json.loads(line) for line in control(own, "connections") if '"client"' in line]
        assert [s["tls"] for s in shown] == [True]


def test_limit_of_connections(own):
    web = https(own, config="limits: { connections = 2; };")
    with web.connect() as a, web.connect() as b:
        for c in (a, b):
            assert c.send(request("/hello.txt")).read_response().status == 200
        with Conn(web) as c:
            assert c.send(b"\x16\x03\x01").ends()
    wait_for(lambda: served(web), 5, "room for another connection")


def served(web):
    try:
        return web.still_serves()
    except OSError:
        return False


def test_drain_lets_a_transfer_end(own):
    web = https(own)
    path = own.file("drain.bin", pattern(16 << 20))
    with web.connect() as c:
        c.send(request("/drain.bin"))
        c.buf += c.sock.recv(1000)
        web.proc.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert c.read_response().body == path.read_bytes()
        assert c.ends()
    assert web.proc.wait(10) == 0


# --- certificates, at the start and later

def last_line(own, *args, config=None):
    own.fill()
    proc = own.start(*args, "--listen", "127.0.0.1:0", own.root, config=config, root=False, wait=False)
    assert proc.wait(20) == 1
    return proc.tail(1)


def test_no_certificate(own):
    assert "127.0.0.1:0 needs a certificate" in last_line(own, "--tls-listen", "127.0.0.1:0")


def test_missing_certificate(own):
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", "/nope/cert.pem")
    assert "/nope/cert.pem" in line and "No such file" in line


def test_certificate_without_pem(own):
    bad = own.lab.file("bad.pem", "hello\n")
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", bad)
    assert str(bad) in line and "PEM" in line


def test_damaged_certificate(own):
    cert, key = make_certificate(own.lab, "server")
    text = cert.read_text()
    bad = own.lab.file("bad.pem", text[:100] + "!!!!" + text[104:])
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", bad, "--key", key)
    assert str(bad) in line and "base64" in line


def test_key_of_another_certificate(own):
    cert, _ = make_certificate(own.lab, "one")
    _, key = make_certificate(own.lab, "two")
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", cert, "--key", key)
    assert str(cert) in line and str(key) in line and "mismatch" in line


def test_missing_key(own):
    cert, _ = make_certificate(own.lab, "one")
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", cert)
    assert "cannot use key" in line and str(cert) in line


def test_encrypted_key_asks_nobody(own):
    cert, key = make_certificate(own.lab, "one")
    locked = own.lab.dir / "locked.key"
    subprocess.run([stock("openssl"), "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked],
                   check=True, capture_output=True)
    line = last_line(own, "--tls-listen", "127.0.0.1:0", "--certificate", cert, "--key", locked)
    assert "encrypted" in line


def test_error_names_the_place_in_the_file(own):
    config = own.lab.file("httpfsd.cfg", 'listeners = (\n  { address = "127.0.0.1:0"; tls = { key = "/x"; }; } );')
    proc = own.lab.daemon("httpfsd", "--config", config, own.root)
    assert proc.wait(20) == 1
    assert re.search(r"httpfsd\.cfg:2: .*127\.0\.0\.1:0 needs a certificate", proc.tail(1)), proc.tail(1)


@pytest.mark.parametrize("mode,warned", [(0o600, False), (0o640, False), (0o644, True), (0o660, True)])
def test_permissions_of_the_key(own, mode, warned):
    cert, key = make_certificate(own.lab, "server")
    key.chmod(mode)
    web = https(own, cert=cert, key=key)
    assert (f"key {key} is open to others (mode {mode:04o})" in web.proc.text()) == warned


def test_warnings(own):
    cert, key = make_certificate(own.lab, "server")
    own.fill()
    web = own.start("--certificate", cert, "--key", key)
    assert 'no "tls_listen"' in web.proc.text()


def test_check_only_looks_at_certificates(own):
    cert, key = make_certificate(own.lab, "server")
    args = ["--test", own.root, "--tls-listen", ":0", "--certificate", cert]
    assert own.start(*args, "--key", key, root=False, wait=False).wait() == 0
    bad = own.start(*args, "--key", "/nope.key", root=False, wait=False)
    assert bad.wait() == 1 and "/nope.key" in bad.tail(1)


def fingerprint(web):
    with web.connect(context=client()) as c:
        return c.sock.getpeercert(True)


def der(cert):
    return ssl.PEM_cert_to_DER_cert(cert.read_text())


def test_reload_takes_the_new_certificate(own):
    web = https(own)
    first = der(web.cert)
    with web.connect(context=client()) as old:
        assert old.send(request("/hello.txt")).read_response().status == 200
        cert, key = make_certificate(own.lab, "new")
        os.replace(cert, web.cert)
        os.replace(key, own.lab.dir / "server.key")
        assert fingerprint(web) == first
        web.proc.signal(signal.SIGHUP)
        web.log_line("configuration reloaded")
        assert fingerprint(web) == der(web.cert) != first
        # who is connected stays so
        assert old.send(request("/big.bin")).read_response().body == pattern(BIG)


def test_reload_in_the_middle_of_handshakes(own):
    web = https(own)
    half = []
    for _ in range(4):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        c = Conn(web)
        c.send(hello[:100])
        half.append((c, hello[100:]))
    time.sleep(0.2)
    web.proc.signal(signal.SIGHUP)
    web.log_line("configuration reloaded")
    for c, rest in half:
        c.send(rest)
        assert c.sock.recv(1) == b"\x16"  # the server's half, with the certificate it began with
        c.sock.close()
    assert web.still_serves()


@pytest.mark.parametrize("what", ["certificate", "key", "gone"])
def test_bad_certificate_keeps_the_old_one(own, what):
    web = https(own)
    first, key = der(web.cert), own.lab.dir / "server.key"
    if what == "gone":
        os.unlink(web.cert)
    elif what == "certificate":
        web.cert.write_text("broken\n")
    else:
        _, other = make_certificate(own.lab, "other")
        os.replace(other, key)
    answer = control(own, "reload")
    named = key if what == "key" else web.cert
    assert "error" in answer[-1] and str(named) in answer[-1]
    web.log_line(rf"reload failed, the old configuration stays: .*{re.escape(str(named))}")
    assert fingerprint(web) == first


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give privileges up")
def test_key_that_may_not_be_read_again(own):
    """Read before privileges went, it stays; and the rest of the settings does change."""
    os.chmod(own.lab.dir, 0o755)
    config = own.lab.dir / "httpfsd.cfg"
    web = https(own, "--user", "nobody", config="")
    first = der(web.cert)
    config.write_text('default_type = "text/x-new";\n')
    web.proc.signal(signal.SIGHUP)
    web.log_line("configuration reloaded")
    assert re.search(r"cannot read key \S+server\.key again: Permission denied; the old certificate stays",
                     web.proc.text())
    assert fingerprint(web) == first
    own.file("x.unknown", "x")
    assert web.ask("/x.unknown").get("Content-Type") == "text/x-new"


# --- files inside images

@pytest.mark.skipif(shutil.which("xorriso") is None, reason="needs xorriso, to make the image")
def test_image_over_https(own):
    """An ISO image's files, whole and in parts, encrypted from where they lie."""
    tree = own.lab.dir / "tree"
    (tree / "images").mkdir(parents=True)
    (tree / "images/install.img").write_bytes(pattern(BIG))
    (tree / ".treeinfo").write_bytes(b"[general]\n")
    image = own.lab.dir / "disc.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", image, tree], check=True, capture_output=True)
    web = https(own, "--root", f"/disc={image}")
    done = curl(web, f"{web.url}/disc/images/install.img")
    assert done.returncode == 0 and done.stdout == pattern(BIG)
    assert web.ask("/disc/.treeinfo").body == b"[general]\n"
    r = web.ask("/disc/images/install.img", fields={"Range": "bytes=-1000"})
    assert r.status == 206 and r.body == pattern(BIG)[-1000:]
    r = web.ask("/disc/images/install.img", fields={"Range": "bytes=5-9,2000000-2100000"})
    assert pattern(BIG)[2000000:2100001] in r.body
    assert b"install.img" in web.ask("/disc/images/").body
    with web.connect() as c:  # HEAD, then GET on one connection, as UEFI does it
        c.send(request("/disc/images/install.img", "HEAD"))
        assert c.read_response("HEAD").get("Content-Length") == str(BIG)
        assert c.send(request("/disc/images/install.img")).read_response().body == pattern(BIG)


def test_the_log_says_who_encrypts(own):
    """With the kernel's help or, as wherever the module is missing, without: said once, and what is
    sent is the same (all other tests here ran in the form that the line names)."""
    web = https(own)
    web.log_line(r"TLS: OpenSSL 3\S*, (no )?kernel TLS")
    assert web.ask("/big.bin").body == pattern(BIG)
