"""Certificates that sign provenance: an operator's own, or a development pair made on first run."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from phonofilm.errors import RequestError, StorageError

_FILES = ("ca.pem", "signer.pem", "signer.key")


@dataclass(frozen=True, kw_only=True, repr=False)
class Signer:
    """A certificate chain (leaf first), its private key, and where it comes from. Never printed."""

    chain: bytes
    key: bytes
    algorithm: str
    """es256 | es384 | es512 | ps256 | ed25519"""
    anchors: bytes = b""
    """Certificate authorities, in PEM, whose signatures our own reader takes for this service's."""
    is_development: bool = False
    timestamps: str | None = None
    """RFC 3161 time-stamping service; None: the claim's own time only, and no file is whole when its certificate has
    ended."""

    @classmethod
    def development(cls, home: Path | str) -> Signer:
        """The development certificate under ``home``/certificates, made on first run (a CA and an ES256 leaf, ten
        years)."""
        folder = Path(home) / "certificates"
        try:
            if not all((folder / name).is_file() for name in _FILES):
                _make(folder)
            ca, leaf, key = ((folder / name).read_bytes() for name in _FILES)
        except OSError as error:
            raise StorageError(
                f"the development certificate in '{folder}' cannot be made or read ({error.strerror}); choose another"
                " home"
            ) from error
        return cls(chain=leaf + ca, key=key, algorithm="es256", anchors=ca, is_development=True)

    @classmethod
    def load(
        cls, certificate: Path | str, key: Path | str, *, anchors: Path | None = None, timestamps: str | None = None
    ) -> Signer:
        """An operator's own chain (leaf first) and private key, both in PEM. Raises RequestError for files that do not
        fit."""
        try:
            chain, secret = Path(certificate).read_bytes(), Path(key).read_bytes()
            trusted = anchors.read_bytes() if anchors else b""
        except OSError as error:
            raise RequestError(
                f"certificate: '{error.filename}' cannot be read ({error.strerror}); check the path and its permissions"
            ) from error
        try:
            leaf = x509.load_pem_x509_certificates(chain)[0]
            private = serialization.load_pem_private_key(secret, password=None)
        except (ValueError, TypeError, IndexError, UnsupportedAlgorithm) as error:
            raise RequestError("certificate: give the chain and an unencrypted private key as PEM files") from error
        if leaf.public_key() != private.public_key():  # type: ignore[comparison-overlap]
            raise RequestError("certificate: the private key belongs to another certificate; give the pair")
        if leaf.not_valid_after_utc < datetime.now(UTC):
            raise RequestError("certificate: it has expired; renew it")
        plain = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(chain=chain, key=plain, algorithm=_algorithm(private), anchors=trusted, timestamps=timestamps)

    def subject(self) -> str:
        """Whom the certificate names."""
        return x509.load_pem_x509_certificates(self.chain)[0].subject.rfc4514_string()

    def __repr__(self) -> str:
        return f"Signer({self.algorithm}, {'development' if self.is_development else 'own'} certificate)"


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whose signatures count on this machine."""

    anchors: bytes
    """Certificate authorities, in PEM."""
    own: frozenset[str] = frozenset()
    """Numbers of our own certificates, where the authorities sign for others too. Empty: every signature they vouch for
    is ours."""

    def is_ours(self, serial: str) -> bool:
        """Is a trusted signature, by the certificate of that number, one of this service?"""
        return not self.own or serial in self.own


def trust(home: Path | str, certificate: Path | None = None, anchors: Path | None = None) -> Trust:
    """Whom the reader trusts: the development authority of ``home`` and, of an operator's ``certificate``, the
    authorities in ``anchors``.

    Without ``anchors`` the authorities in the certificate's own chain are trusted, and only what it signed itself is
    ours. An ended certificate still counts. Raises RequestError for files that cannot be read.
    """
    folder = Path(home) / "certificates"
    made_here = all((folder / name).is_file() for name in _FILES)
    try:
        found = [(folder / "ca.pem").read_bytes()] if made_here else []
        if anchors is not None:
            found.append(anchors.read_bytes())
            x509.load_pem_x509_certificates(found[-1])
        elif certificate is not None:
            leaf, *above = x509.load_pem_x509_certificates(certificate.read_bytes())
            ours = (
                [leaf, *x509.load_pem_x509_certificates((folder / "signer.pem").read_bytes())] if made_here else [leaf]
            )
            found += [one.public_bytes(serialization.Encoding.PEM) for one in above]
            return Trust(anchors=b"\n".join(found), own=frozenset(str(one.serial_number) for one in ours))
    except OSError as error:
        raise RequestError(
            f"certificate_anchors: '{error.filename}' cannot be read ({error.strerror}); check the path and its"
            " permissions"
        ) from error
    except ValueError as error:
        raise RequestError("certificate_anchors: give certificates as a PEM file") from error
    return Trust(anchors=b"\n".join(found))


def _algorithm(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        name = {256: "es256", 384: "es384", 521: "es512"}.get(key.curve.key_size)
        if name:
            return name
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise RequestError("certificate: the key must be of a NIST curve, Ed25519 or RSA")


def _make(folder: Path) -> None:
    """Make a CA and a leaf in a folder of their own, then move it into place: of two processes that start at once, one
    wins whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".certificates-", dir=folder.parent))
    ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Phonofilm development CA")
    start = datetime.now(UTC) - timedelta(days=1)

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, is_ca: bool) -> x509.Certificate:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
        usage = {
            name: False
            for name in (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            )
        }
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(authority, critical=False)
        )
        if not is_ca:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
            )
        return builder.sign(ca_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (made / "ca.pem").write_bytes(certificate(ca_name, ca_key.public_key(), True).public_bytes(pem))
    (made / "signer.pem").write_bytes(
        certificate(_name("Phonofilm development signer"), leaf_key.public_key(), False).public_bytes(pem)
    )
    secret = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    handle = os.open(made / "signer.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
    try:
        made.rename(folder)
    except OSError:
        if not all((folder / name).is_file() for name in _FILES):
            raise
        for name in _FILES:
            (made / name).unlink()
        made.rmdir()


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Phonofilm development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
