"""A certificate that is wrong in any way is not transient, over real TLS connections."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore import exceptions as botocore_exceptions
from botocore.config import Config
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.fakes import Scripted, raw_operations
from support.tls import NOW, TlsWire, make_context, revoke, sign
from support.wire import SEND_ONCE, page
from urllib3.util.ssl_match_hostname import CertificateError

from lightsail_ops import OperationsClient, TransportError


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def connect(
    session: Any, authority: trustme.CA, tmp_path: Path
) -> Callable[[TlsWire], OperationsClient]:
    """Return a function that builds a client which trusts the authority alone."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))

    def build(wire: TlsWire, config: Config = SEND_ONCE) -> OperationsClient:
        wire.play(lambda _: page(raw_operations(1, 2)))
        client = session.client(
            "lightsail", endpoint_url=wire.endpoint_url, verify=str(file), config=config
        )
        return OperationsClient(client)

    return build


def fail(client: OperationsClient) -> TransportError:
    with pytest.raises(TransportError) as caught:
        client.get_operations()
    assert not caught.value.is_transient
    return caught.value


Make = Callable[[trustme.CA, Path], trustme.LeafCert | Path]
WRONG: dict[str, tuple[str, Make]] = {
    "of another host": ("localhost", lambda authority, _: authority.issue_cert("other.example")),
    "of another host, by a wildcard": (
        "localhost",
        lambda authority, _: authority.issue_cert("*.localhost"),
    ),
    "of another address": ("127.0.0.1", lambda authority, _: authority.issue_cert("127.0.0.2")),
    "without an address": ("127.0.0.1", lambda authority, _: authority.issue_cert("localhost")),
    "that has expired": (
        "localhost",
        lambda authority, _: authority.issue_cert(
            "localhost", not_before=NOW - timedelta(days=2), not_after=NOW - timedelta(days=1)
        ),
    ),
    "that is not valid yet": (
        "localhost",
        lambda authority, _: authority.issue_cert(
            "localhost", not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=2)
        ),
    ),
    "of another authority": ("localhost", lambda _, __: trustme.CA().issue_cert("localhost")),
    "of an authority's authority": (
        "localhost",
        lambda _, __: trustme.CA().create_child_ca().issue_cert("localhost"),
    ),
    "that is signed by itself": ("localhost", lambda _, folder: sign(None, folder)),
    "for another use": (
        "localhost",
        lambda authority, folder: sign(authority, folder, ExtendedKeyUsageOID.CLIENT_AUTH),
    ),
}


class TestACertificateOfTheServer:
    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_that_is_right_is_accepted(
        self, host: str, authority: trustme.CA, connect: Callable[..., OperationsClient]
    ) -> None:
        with TlsWire(make_context(authority.issue_cert(host)), host) as wire:
            assert len(connect(wire).get_operations()) == 2

    @pytest.mark.parametrize(("host", "make"), WRONG.values(), ids=WRONG)
    def test_that_is_wrong_is_not_transient(
        self,
        host: str,
        make: Make,
        authority: trustme.CA,
        connect: Callable[..., OperationsClient],
        tmp_path: Path,
    ) -> None:
        with TlsWire(make_context(make(authority, tmp_path)), host) as wire:
            error = fail(connect(wire))
            assert not wire.received
        assert str(error) == (
            f"The TLS certificate of {wire.endpoint_url[8:]} could not be verified"
        )
        assert isinstance(error.__cause__, botocore_exceptions.SSLError)  # OpenSSL's reason

    def test_that_urllib3_finds_wrong_is_not_transient(self) -> None:
        """It compares host names itself where OpenSSL is told not to."""
        original = botocore_exceptions.SSLError(endpoint_url="https://host", error=OSError("x"))
        original.__context__ = CertificateError("hostname 'host' doesn't match 'other'")
        error = fail(OperationsClient(Scripted([original])))
        assert str(error) == "The TLS certificate of host could not be verified"

    def test_that_urllib3_finds_wrong_before_other_causes_is_not_transient(self) -> None:
        original = botocore_exceptions.SSLError(endpoint_url="https://host", error=OSError("x"))
        original.__context__ = ssl.SSLCertVerificationError("revoked")
        original.__context__.__context__ = OSError("x")
        fail(OperationsClient(Scripted([original])))


class TestACertificateOfTheClient:
    """In TLS 1.2. In TLS 1.3 the server's alert may come after the client has failed to write."""

    @pytest.mark.parametrize("kind", ["unknown", "revoked", "expired", "accepted"])
    def test_that_the_server_rejects_is_not_transient(
        self,
        kind: str,
        authority: trustme.CA,
        connect: Callable[..., OperationsClient],
        tmp_path: Path,
    ) -> None:
        context = make_context(authority.issue_cert("localhost"))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
        issuer = trustme.CA() if kind == "unknown" else authority
        not_after = NOW - timedelta(days=1) if kind == "expired" else NOW + timedelta(days=1)
        certificate = issuer.issue_cert(
            "client.example", not_before=NOW - timedelta(days=2), not_after=not_after
        )
        file = tmp_path / "client.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
        config = SEND_ONCE.merge(Config(client_cert=str(file)))
        if kind == "revoked":
            revocations = tmp_path / "revocations.pem"
            revocations.write_bytes(revoke(authority, certificate))
            context.load_verify_locations(revocations)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        with TlsWire(context) as wire:
            client = connect(wire, config)
            if kind == "accepted":
                assert len(client.get_operations()) == 2
            else:
                assert "certificate of the client" in str(fail(client))


@pytest.mark.parametrize(
    "reason", ["SSLV3_ALERT_HANDSHAKE_FAILURE", "UNEXPECTED_EOF_WHILE_READING"]
)
def test_another_failure_of_tls_is_transient(reason: str) -> None:
    original = botocore_exceptions.SSLError(endpoint_url="https://host", error=OSError("x"))
    cause = ssl.SSLError(1, reason)
    cause.reason = reason
    original.__cause__ = cause
    with pytest.raises(TransportError) as caught:
        OperationsClient(Scripted([original])).get_operations()
    assert caught.value.is_transient
