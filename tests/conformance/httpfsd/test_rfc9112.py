# SPDX-License-Identifier: BSD-2-Clause
"""RFC 9112, HTTP/1.1 messages: framing, and that nothing can be smuggled past it."""

import socket
import time

import pytest
from httplab import BIG, pattern, request

OK = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

# What is refused, by section, with the status. After each the connection must end: where the next
# request would begin nobody can say.
REFUSED = {
    "2.2-bare-lf": ("GET /hello.txt HTTP/1.1\nHost: a\n\n", 400),
    "2.2-bare-lf-in-fields": ("GET /hello.txt HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    "2.2-bare-cr-in-value": ("GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
    "2.2-bare-cr-makes-no-field":
        ("GET /hello.txt HTTP/1.1\r\nHost: a\r\nX: \rTransfer-Encoding: chunked\r\n\r\n", 400),
    "2.2-whitespace-before-fields": ("GET /hello.txt HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", 400),
    "2.2-two-empty-lines": ("\r\n\r\n" + OK, 400),
    "2.3-version-2": ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "2.3-lower-case": ("GET / http/1.1\r\nHost: a\r\n\r\n", 400),
    "2.3-three-digits": ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
    "2.3-preface-of-http2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "3-two-blanks": ("GET  /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3-blank-in-target": ("GET /hello .txt HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3-tab": ("GET\t/hello.txt\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3-http09": ("GET /hello.txt\r\n\r\n", 400),
    "3-nul": ("GET /hello.txt\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3-method-unknown": ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "3-method-lower-case": ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "3-no-token": ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3-tls": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "3-target-too-long": ("GET /" + "x" * 8200 + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "3-target-endless": ("GET /" + "x" * 20000, 414),
    "3.2-no-host": ("GET / HTTP/1.1\r\n\r\n", 400),
    "3.2-two-hosts": ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    "3.2-bad-host": ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "3.2-backslash-host": ("GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n", 400),
    "3.2-relative-target": ("GET hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3.2.2-absolute-without-host": ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3.2.2-userinfo": ("GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "3.2.4-asterisk-get": ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "5-fragment": ("GET /hello.txt#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "5.1-blank-before-colon": ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "5.1-no-colon": ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
    "5.1-no-name": ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    "5.2-folded": ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
    "5.2-folded-tab": ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", 400),
    "5-nul-in-value": ("GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n", 400),
    "5-too-large": ("GET / HTTP/1.1\r\nHost: a\r\nX: " + "y" * 17000 + "\r\n\r\n", 431),
    "5-too-many": ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 101 + "\r\n", 431),
    "5-endless": ("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 4000, 431),
    "6.1-length-and-chunked": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "6.1-chunked-not-last": ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n"
                             "\r\n", 400),
    "6.1-unknown-coding": ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                           501),
    "6.1-chunked-in-1.0": ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "6.1-obfuscated": ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
    "6.1-two-lines": ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                      "Transfer-Encoding: x\r\n\r\n", 400),
    "6.2-two-lengths": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n"
                        "\r\n", 400),
    "6.2-list": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400),
    "6.2-sign": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400),
    "6.2-hex": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400),
    "6.2-empty": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400),
    "6.2-too-large": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
    "6.2-past-64-bits": ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\n",
                         413),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_and_closed(web, case):
    data, status = REFUSED[case]
    responses = web.raw(data.encode("latin-1") + OK.encode())
    assert [r.status for r in responses] == [status]
    assert responses[0].get("Connection") == "close"
    assert web.still_serves()


ACCEPTED = {
    "2.2-one-empty-line": "\r\n" + LAST,
    "2.3-higher-minor": LAST.replace("HTTP/1.1", "HTTP/1.9"),
    "3.2-empty-host": LAST.replace("Host: a", "Host:"),
    "3.2-underscore": LAST.replace("Host: a", "Host: my_server:8080"),
    "3.2-ipv6": LAST.replace("Host: a", "Host: [fe80::1]:80"),
    "3.2.2-absolute": LAST.replace("GET /", "GET http://other:81/"),
    "3.2-query": LAST.replace(".txt", ".txt?mac=52:54:00:12:34:56&x=/../"),
    "5-tab-around-value": LAST.replace("Host: a", "Host:\t a \t"),
    "5-no-blank": LAST.replace("Host: a", "Host:a"),
    "5-bytes-past-ascii": LAST.replace("Host: a", "Host: a\r\nX: \xff\xfe"),
    "5-empty-value": LAST.replace("Host: a", "Host: a\r\nX:"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(web, case):
    responses = web.raw(ACCEPTED[case])
    assert [(r.status, r.body) for r in responses] == [(200, b"hello\n")]


def test_2_3_http10_gets_http11_and_close(web):
    """GRUB takes no other status line; RFC 9112 2.3 lets a server send its own version."""
    r, = web.raw("GET /hello.txt HTTP/1.0\r\n\r\n")
    assert r.status == 200 and r.get("Connection") == "close"


def test_9_3_http10_keep_alive_is_echoed(web):
    with web.connect() as c:
        for _ in range(3):
            c.send("GET /hello.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            r = c.read_response()
            assert (r.status, r.get("Connection")) == (200, "keep-alive")


def test_9_3_many_requests_on_one_connection(web):
    with web.connect() as c:
        for _ in range(1500):
            c.send(OK)
            assert c.read_response().body == b"hello\n"


def test_9_3_2_pipelined_answers_keep_their_order(web):
    targets = ["/hello.txt", "/k.bin", "/nope", "/big.bin", "/list/", "/hello.txt", "/sub/", "/empty"]
    with web.connect() as c:
        c.send("".join(request(t) for t in targets * 4))
        for t in targets * 4:
            r = c.read_response()
            assert r.status == (404 if t == "/nope" else 200)
            if t == "/hello.txt":
                assert r.body == b"hello\n"
            elif t == "/big.bin":
                assert r.body == pattern(BIG)
            elif t == "/list/":
                assert b"b.txt" in r.body
            elif t == "/sub/":
                assert b"index" in r.body


def test_9_3_2_a_thousand_pipelined(web):
    with web.connect() as c:
        c.send(OK * 1000)
        for _ in range(1000):
            assert c.read_response().body == b"hello\n"


def test_9_6_close_is_announced_and_done(web):
    with web.connect() as c:
        c.send(LAST + OK)
        assert c.read_response().get("Connection") == "close"
        assert c.ends()


def test_9_6_half_closed_client_gets_its_answers(web):
    r = web.raw(request("/big.bin") + OK, shut=True)
    assert [x.status for x in r] == [200, 200]
    assert r[0].body == pattern(BIG)


def test_9_6_refusal_is_readable_behind_unread_input(web):
    """The server lingers: a reset would take the 413 away from a client still sending."""
    with web.connect() as c:
        c.send("POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
        for _ in range(9):
            c.send(b"x" * 100000)
            time.sleep(0.01)
        assert c.read_response().status == 413


def test_8_truncated_at_each_byte(web):
    """However much of it comes: no crash, no answer but 400, and the next client is served."""
    for n in range(1, len(OK)):
        responses = web.raw(OK[:n], shut=True)
        assert [r.status for r in responses] == [400], n
    assert web.raw("", shut=True) == []
    assert web.still_serves()


def test_2_1_one_byte_at_a_time(web):
    with web.connect() as c:
        c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ch in "\r\n" + OK + LAST:
            c.send(ch)
            time.sleep(0.001)
        assert c.read_response().body == b"hello\n"
        assert c.read_response().body == b"hello\n"


@pytest.mark.parametrize("size", [1, 5, 65536])
def test_6_2_unwanted_body_is_skipped(web, size):
    """A body that looks like a request is still a body."""
    body = ("GET /nope HTTP/1.1\r\nHost: a\r\n\r\n" * 3000)[:size]
    with web.connect() as c:
        c.send(f"GET /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n{body}" + LAST)
        assert c.read_response().body == b"hello\n"
        assert c.read_response().body == b"hello\n"
        assert c.ends()


def test_7_1_chunked_body_is_skipped(web):
    body = "5;ext=\"v\"\r\nGET /\r\n1A\r\n" + "x" * 26 + "\r\n0\r\nTrailer: GET / HTTP/1.1\r\n\r\n"
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + LAST)
        assert c.read_response().body == b"hello\n"
        assert c.read_response().body == b"hello\n"
        assert c.ends()


@pytest.mark.parametrize("body", ["5\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "x\r\n", "-1\r\n",
                                  "fffffffffffffffff\r\n", "5\r\nhello\r\n0\r\nA: b\n\r\n",
                                  "5 ; x" + "y" * 300])
def test_7_1_broken_chunks_end_the_connection(web, body):
    """The request itself has been answered; what follows must never be taken for another."""
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body +
               OK * 3)
        assert c.read_response().body == b"hello\n"
        assert c.ends()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_9110_15_5_6_method_not_allowed(web, method):
    with web.connect() as c:
        c.send(request("/hello.txt", method) + OK)
        r = c.read_response()
        assert (r.status, r.get("Allow")) == (405, "GET, HEAD, OPTIONS")
        assert c.read_response().body == b"hello\n"


def test_9110_9_3_6_connect_is_refused(web):
    r, = web.raw("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n")
    assert r.status == 405


def test_post_with_a_body_ends_the_connection(web):
    with web.connect() as c:
        c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + OK)
        r = c.read_response()
        assert (r.status, r.get("Connection")) == (405, "close")


def test_9110_10_1_1_expect(web):
    """A final answer instead of 100, and the body that may or may not follow is not awaited."""
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
               "\r\n")
        r = c.read_response()
        assert (r.status, r.get("Connection")) == (200, "close")
    r, = web.raw("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n")
    assert r.status == 417


def test_9_5_head_timeout_is_answered_408(web):
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\n")
        r = c.read_response()
        assert (r.status, r.get("Connection")) == (408, "close")


def test_9_5_dribbled_head_does_not_extend_the_timeout(web):
    """One line a second for ever is how slowloris holds a server."""
    began = time.monotonic()
    with web.connect() as c:
        c.send("GET /hello.txt HTTP/1.1\r\n")
        status = None
        while time.monotonic() - began < 8 and status is None:
            try:
                c.send("X: y\r\n")
                c.sock.settimeout(0.4)
                status = c.read_response().status
            except socket.timeout:
                pass
        assert status == 408
    assert time.monotonic() - began < 6


def test_9_5_idle_connection_is_closed_silently(web):
    with web.connect() as c:
        c.send(OK)
        c.read_response()
        began = time.monotonic()
        assert c.ends(timeout=10)
        assert 3 < time.monotonic() - began < 8


def test_half_sent_requests_cost_others_nothing(web):
    held = [web.connect() for _ in range(500)]
    for c in held:
        c.send("GET /hel")
    began = time.monotonic()
    for _ in range(20):
        assert web.still_serves()
    assert time.monotonic() - began < 5
    for c in held:
        c.sock.close()
