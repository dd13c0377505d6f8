"""TLS to a provider: who is believed, and when a session is resumed."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pos_guard.errors import PortClosedError, PortError, PortTimeoutError
from pos_guard.links.sides import TcpAcceptor
from pos_guard.ports.tls import SESSION_SECONDS, TlsDialer

NAME = "localhost"


def certificate(directory: Path, name: str = NAME) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key: files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = directory / "chain.pem", directory / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()


Talk = Callable[[int], Awaitable[None]]


def with_server(chain: Path, key: Path, talk: Talk, version: ssl.TLSVersion) -> None:
    """Run ``talk(port)`` against a TLS server that sends back what it hears."""

    async def body() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        context.maximum_version = version
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context)
        async with server, asyncio.timeout(20):
            await talk(server.sockets[0].getsockname()[1])

    asyncio.run(body())


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])
def test_the_second_connection_to_a_host_resumes_the_first_ones_session(
    version: ssl.TLSVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    resumed: list[bool] = []

    async def talk(port: int) -> None:
        dialer = TlsDialer(NAME, port)
        for dial in (dialer, dialer, TlsDialer(NAME, port)):
            stream = await dial.connect(5)
            await stream.send(b"hello")
            assert await stream.receive() == b"hello"
            resumed.append(stream.resumed)
            await stream.close()
            await stream.close()

    with_server(chain, key, talk, version)
    assert resumed == [False, True, False], "a session belongs to its dialer"


def test_a_session_is_given_up_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))

    async def talk(port: int) -> None:
        now = [0.0]
        dialer = TlsDialer(NAME, port, lambda: now[0])
        first = await dialer.connect(5)
        await first.send(b"x")
        await first.receive()
        await first.close()
        now[0] = SESSION_SECONDS + 1
        second = await dialer.connect(5)
        assert not second.resumed
        await second.close()

    with_server(chain, key, talk, ssl.TLSVersion.TLSv1_3)


@pytest.mark.parametrize("name", ["other.example", "unknown"])
def test_a_server_that_is_not_whom_it_should_be_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certificate(tmp_path, NAME if name == "unknown" else name)
    if name != "unknown":  # its certificate is good, but another host's
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))

    async def talk(port: int) -> None:
        dialer = TlsDialer(NAME, port)
        for _ in range(2):
            with pytest.raises(PortError, match="certificate verify failed"):
                await dialer.connect(5)

    with_server(chain, key, talk, ssl.TLSVersion.TLSv1_3)


def test_a_server_that_hangs_up_is_an_end_and_an_error_to_write_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))

    async def talk(port: int) -> None:
        stream = await TlsDialer(NAME, port).connect(5)
        await stream.close()
        assert await stream.receive() == b""
        with pytest.raises(PortClosedError):
            await stream.send(b"x")

    with_server(chain, key, talk, ssl.TLSVersion.TLSv1_3)


def test_a_server_without_tls_is_refused_and_a_silent_one_given_up() -> None:
    async def body() -> None:
        acceptor = TcpAcceptor("127.0.0.1", 0)

        async def speak_plainly() -> None:
            peer = await acceptor.accept()
            await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await peer.close()

        peer = asyncio.get_running_loop().create_task(speak_plainly())
        dialer = TlsDialer(*acceptor.address)
        with pytest.raises(PortError):
            await dialer.connect(5)
        await peer
        with pytest.raises(PortTimeoutError):  # it is in the listener's queue, and nobody accepts
            await dialer.connect(0.05)
        acceptor.close()

    asyncio.run(body())
