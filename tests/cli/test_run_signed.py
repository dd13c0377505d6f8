"""``policy_key`` in guard.toml: an unsigned or changed policy is refused at start."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_guard.config import load_config
from pos_guard.policy.layers import read_layers
from pos_guard.policy.signing import sign_layers
from tests.cli.shell import shell

POLICY = 'name = "shop"\nversion = 1\ncurrency = "EUR"\n[roles.cashier]\nmay = ["sale"]\n'
CONFIG = """\
policy_key = "key.pub"
[[link]]
name = "terminal"
protocol = "zvt"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:20007"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, none))
    (tmp_path / "key.pub").write_bytes(key.public_key().public_bytes(pem, spki))
    (tmp_path / "policy.toml").write_text(POLICY)
    (tmp_path / "guard.toml").write_text(CONFIG)
    return tmp_path


def test_the_key_is_found_beside_the_settings(folder: Path) -> None:
    assert load_config(folder / "guard.toml").policy_key == folder / "key.pub"
    (folder / "guard.toml").write_text(CONFIG.replace('policy_key = "key.pub"\n', ""))
    assert load_config(folder / "guard.toml").policy_key is None


def test_the_daemon_starts_with_the_signed_policy_only(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = shell(capsys, monkeypatch)
    unsigned = cli("run", "--config", str(folder / "guard.toml"))
    assert unsigned.code == 2
    assert "policy.toml.sig: cannot be read" in unsigned.err
    signature = sign_layers(read_layers(folder / "policy.toml"), folder / "key.pem")
    (folder / "policy.toml.sig").write_text(signature)
    # Past the signature the next thing that is missing is the store.
    signed = cli("run", "--config", str(folder / "guard.toml"))
    assert "There is no store" in signed.err
    (folder / "policy.toml").write_text(POLICY.replace('["sale"]', '["sale", "tip"]'))
    changed = cli("run", "--config", str(folder / "guard.toml"))
    assert changed.code == 2
    assert "the policy was changed" in changed.err
