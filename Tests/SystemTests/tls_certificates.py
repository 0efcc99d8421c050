"""Certificates for tests, made by the openssl program, which owes nothing to the system under test."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path


class MadeCertificate:
    """A certificate that vouches for itself and its key, in a folder of its own."""

    def __init__(self, folder: Path, names: str = "IP:127.0.0.1,DNS:localhost", days: int = 2, at: str | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        # A time other than now: the library of faketime makes the program take it for the present.
        pretence = ["faketime", at] if at else []
        subprocess.run(
            [*pretence, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", str(days), "-subj", "/CN=camet test", "-addext", f"subjectAltName={names}",
             "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)

    @property
    def settings(self) -> dict[str, str]:
        return {"CAMET_TLS_CERTIFICATE_FILE": str(self.certificate), "CAMET_TLS_KEY_FILE": str(self.key)}

    @property
    def serial(self) -> str:
        return serial_of(self.certificate.read_text())

    def become(self, other: "MadeCertificate") -> None:
        """Takes the content of another, as a renewal does: each file replaced whole."""
        owner = self.key.stat()
        for mine, theirs in ((self.key, other.key), (self.certificate, other.certificate)):
            draft = mine.with_suffix(".new")
            shutil.copy(theirs, draft)
            os.chown(draft, owner.st_uid, owner.st_gid)
            draft.replace(mine)


def serial_of(pem: str) -> str:
    done = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def serial_shown(context: ssl.SSLContext, connection) -> str:
    """What a connection was shown."""
    return serial_of(ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True)))
