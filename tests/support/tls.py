"""TLS servers on loopback, and certificates that are right or wrong in one way."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from support.wire import Wire

NOW = datetime.now(UTC)


class TlsWire(Wire):
    """A `Wire` that speaks TLS."""

    def __init__(self, context: ssl.SSLContext, host: str = "localhost") -> None:
        super().__init__()
        # The handshake takes place in the thread of the connection, at its first read.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.host = host

    @property
    def endpoint_url(self) -> str:
        return f"https://{self.host}:{self._server.server_port}"


def make_context(certificate: trustme.LeafCert | Path) -> ssl.SSLContext:
    """Make a server's context that presents a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if isinstance(certificate, Path):
        context.load_cert_chain(certificate)
    else:
        certificate.configure_cert(context)
    return context


def sign(
    authority: trustme.CA | None, folder: Path, usage: x509.ObjectIdentifier | None = None
) -> Path:
    """Write a certificate for localhost with its key.

    Args:
        authority: what signs it; None: it signs itself.
        folder: where the file is written.
        usage: the only use that the certificate has. Defaults to a server's.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    issuer, issuer_key = name, key
    if authority is not None:
        issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
        loaded = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        issuer_key = loaded
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([usage or ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def revoke(authority: trustme.CA, certificate: trustme.LeafCert) -> bytes:
    """Return a list of an authority's that revokes a certificate, as PEM."""
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    revoked = x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes())
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(revoked.serial_number)
        .revocation_date(NOW - timedelta(hours=1))
        .build()
    )
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject)
        .last_update(NOW - timedelta(hours=1))
        .next_update(NOW + timedelta(days=1))
        .add_revoked_certificate(entry)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
