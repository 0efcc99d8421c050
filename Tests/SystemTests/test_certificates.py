"""camet certificate create: an authority for a plant's network, and a server that its clients believe."""

import json
import os
import socket
import ssl
import stat
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
import requests

from running_system import REPOSITORY, PlantData, RunningSystem, eventually
from tls_certificates import serial_of

HOST, ADDRESS = "camet.planta.example", "10.1.2.3"


def certificate_verb(*arguments, data) -> subprocess.CompletedProcess:
    return subprocess.run(
        [REPOSITORY / "script/camet", "certificate", "create", *arguments],
        env={name: value for name, value in os.environ.items() if not name.startswith("CAMET_")}
        | {"CAMET_DATA": str(data)},
        capture_output=True, text=True, timeout=60)


def made(*arguments, data) -> dict:
    done = certificate_verb(*arguments, "--json", data=data)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def openssl(*arguments) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


def verifies(authority, certificate, *more) -> bool:
    """Whether a client that believes this authority and no other believes the certificate."""
    done = subprocess.run(
        ["openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", authority, "-purpose", "sslserver", *more,
         certificate], capture_output=True, text=True)
    return done.returncode == 0


def test_four_files_are_made_and_say_what_they_are_for(tmp_path):
    answer = made("--host", HOST, "--host", ADDRESS, "--days", "30", data=tmp_path)
    folder = tmp_path / "tls"
    assert answer["authority_is_new"] is True
    assert answer["hosts"] == [HOST, ADDRESS, "localhost", "127.0.0.1", "::1"]
    assert (answer["authority_file"], answer["certificate_file"], answer["key_file"]) == tuple(
        str(folder / name) for name in ("authority.pem", "server.pem", "server-key.pem"))
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "authority.pem": 0o644, "authority-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    expires = datetime.fromisoformat(answer["expires_at"])
    assert abs(expires - datetime.now(timezone.utc) - timedelta(days=30)) < timedelta(hours=1)
    shown = openssl("x509", "-in", folder / "authority.pem", "-noout", "-fingerprint", "-sha256")
    assert shown.strip().endswith("=" + answer["authority_fingerprint"])
    text = openssl("x509", "-in", folder / "authority.pem", "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in text and "Name Constraints: critical" in text
    text = openssl("x509", "-in", folder / "server.pem", "-noout", "-text")
    assert "CA:FALSE" in text and "TLS Web Server Authentication" in text
    assert f"DNS:{HOST}" in text and f"IP Address:{ADDRESS}" in text
    assert verifies(folder / "authority.pem", folder / "server.pem", "-verify_hostname", HOST)
    assert verifies(folder / "authority.pem", folder / "server.pem", "-verify_ip", ADDRESS)
    assert not verifies(folder / "authority.pem", folder / "server.pem", "-verify_hostname", "other.example")
    # For a person: what to set, and where to install.
    text = certificate_verb("--host", HOST, data=tmp_path).stdout
    assert f"CAMET_TLS_CERTIFICATE_FILE={folder}/server.pem" in text and "update-ca-certificates" in text


def test_an_authority_is_used_again(tmp_path):
    first = made("--host", HOST, data=tmp_path)
    authority = (tmp_path / "tls/authority.pem").read_bytes()
    serial = serial_of((tmp_path / "tls/server.pem").read_text())
    second = made("--host", f"sub.{HOST}", "--host", "192.168.7.7", data=tmp_path)
    assert second["authority_is_new"] is False
    assert second["authority_fingerprint"] == first["authority_fingerprint"]
    assert (tmp_path / "tls/authority.pem").read_bytes() == authority
    assert serial_of((tmp_path / "tls/server.pem").read_text()) != serial
    assert verifies(tmp_path / "tls/authority.pem", tmp_path / "tls/server.pem", "-verify_hostname", f"sub.{HOST}")


def test_an_authority_is_good_for_its_own_hosts_only(tmp_path):
    made("--host", HOST, data=tmp_path)
    for host in ("bank.example", f"not{HOST}", f"{HOST}.evil.example", "planta.example"):
        done = certificate_verb("--host", host, data=tmp_path)
        assert done.returncode == 1 and "--out" in done.stderr, (host, done.stderr)
    other = made("--host", "bank.example", "--out", str(tmp_path / "other"), data=tmp_path)
    assert other["authority_file"] == str(tmp_path / "other/authority.pem")
    # Whoever steals the key makes what no client believes.
    tls = tmp_path / "tls"

    def forged(name: str):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=DNS:{name}", "-keyout", tmp_path / "k.pem", "-out", tmp_path / "r.pem")
        openssl("x509", "-req", "-in", tmp_path / "r.pem", "-CA", tls / "authority.pem", "-CAkey",
                tls / "authority-key.pem", "-days", "1", "-copy_extensions", "copyall", "-out", tmp_path / "f.pem")
        return tmp_path / "f.pem"

    assert not verifies(tls / "authority.pem", forged("bank.example"))
    assert verifies(tls / "authority.pem", forged(f"x.{HOST}"))


def test_half_an_authority_is_no_authority(tmp_path):
    made("--host", HOST, data=tmp_path)
    for name in ("authority.pem", "authority-key.pem"):
        file = tmp_path / "tls" / name
        content = file.read_bytes()
        file.unlink()
        done = certificate_verb("--host", HOST, data=tmp_path)
        assert done.returncode == 1 and "missing" in done.stderr, done.stderr
        file.write_bytes(content)
        file.chmod(0o600)
    (tmp_path / "tls/authority-key.pem").chmod(0o644)
    assert "0600" in certificate_verb("--host", HOST, data=tmp_path).stderr
    (tmp_path / "tls/authority-key.pem").chmod(0o600)
    assert certificate_verb("--host", HOST, data=tmp_path).returncode == 0


@pytest.mark.parametrize("arguments", [
    [], ["--host", ""], ["--host", "a b"], ["--host", "*.example"], ["--host", "-x"], ["--host", "1.2.3"],
    ["--host", HOST, "--days", "0"], ["--host", HOST, "--days", "826"], ["--host", HOST, "--out", ""],
])
def test_wrong_usage_ends_with_2(tmp_path, arguments):
    assert certificate_verb(*arguments, data=tmp_path).returncode == 2
    assert not (tmp_path / "tls").exists()


@pytest.fixture(scope="module")
def certified():
    """A system that has been set up as the verb says, and started again."""
    with RunningSystem.running() as system:
        made("--host", HOST, "--host", ADDRESS, data=system.folder)
        settings = system.folder / "camet.conf"
        settings.write_text(
            settings.read_text() + f"CAMET_TLS_CERTIFICATE_FILE={system.folder}/tls/server.pem\n"
            f"CAMET_TLS_KEY_FILE={system.folder}/tls/server-key.pem\nCAMET_TLS_CHECK_SECONDS=1\n")
        assert system.stop() == 0
        system.authority = system.folder / "tls/authority.pem"
        yield system.start()


def shake_hands(system, name: str, authority) -> ssl.SSLSocket:
    """As a client that reaches the server by this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority:
        context.load_verify_locations(authority)
    else:
        context.set_default_verify_paths()
    host, port = system.base.removeprefix("https://").split(":")
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=30), server_hostname=name)


def test_clients_that_believe_the_authority_believe_the_server(certified):
    assert certified.base.startswith("https://")
    for name in (HOST, ADDRESS, "127.0.0.1", "localhost"):
        shake_hands(certified, name, certified.authority).close()
    for name in ("other.example", "10.1.2.4"):
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shake_hands(certified, name, certified.authority)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certified, HOST, None)
    assert certified.client().get("/readyz").status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(certified.base + "/readyz", timeout=30)


def test_a_renewed_certificate_is_taken_by_the_running_server(certified):
    made("--host", HOST, data=certified.folder)
    wanted = serial_of((certified.folder / "tls/server.pem").read_text())

    def shown() -> str:
        with shake_hands(certified, HOST, certified.authority) as connection:
            return serial_of(ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True)))

    assert eventually(lambda: shown() == wanted, 10)


def test_the_cli_believes_the_authority_of_its_folder(certified):
    tenant = certified.make_tenant("simulated")
    PlantData(tenant.client("MANAGER"))
    key = certified.camet(
        "key", "create", "--tenant", "simulated", "--name", "Simulation", "--scopes", "read,ingest")["api_key"]
    file = certified.folder / "secrets/simulate-simulated.key"
    file.write_text(key + "\n")
    file.chmod(0o600)
    assert certified.camet("simulate", "--tenant", "simulated", "--days", "1")["rejected"] == 0
