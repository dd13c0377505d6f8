"""Signed policies: Ed25519, also against OpenSSL's own command line."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_guard.errors import SettingsError
from pos_guard.policy.layers import read_layers
from pos_guard.policy.load import load_policy
from pos_guard.policy.signing import (
    HEADER,
    SigningError,
    sign_layers,
    signature_path,
    signed_message,
)
from tests.policy.layering import SHOP, write

OPENSSL = shutil.which("openssl")


def save(folder: Path, name: str, key: Ed25519PrivateKey | rsa.RSAPrivateKey) -> tuple[Path, Path]:
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, "chain", 'mode = "warn"\n')
    return write(tmp_path, "shop", 'extends = ["wechat", "chain.toml"]\n' + SHOP)


def sign(policy: Path, key: Path) -> None:
    signature_path(policy).write_text(sign_layers(read_layers(policy), key))


def refusal(policy: Path, key: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_policy(policy, key=key)
    return str(caught.value)


def test_a_signed_policy_is_the_same_policy(shop: Path, tmp_path: Path) -> None:
    private, public = save(tmp_path, "key", Ed25519PrivateKey.generate())
    sign(shop, private)
    assert load_policy(shop, key=public) == load_policy(shop)


def test_without_its_signature_it_is_refused(shop: Path, tmp_path: Path) -> None:
    _, public = save(tmp_path, "key", Ed25519PrivateKey.generate())
    assert "shop.toml.sig: cannot be read: No such file" in refusal(shop, public)


def test_another_key_is_refused(shop: Path, tmp_path: Path) -> None:
    private, _ = save(tmp_path, "key", Ed25519PrivateKey.generate())
    _, other = save(tmp_path, "other", Ed25519PrivateKey.generate())
    sign(shop, private)
    assert "another key signed it" in refusal(shop, other)


@pytest.mark.parametrize("changed", ["shop", "chain"])
def test_one_changed_byte_of_any_layer_is_refused(shop: Path, tmp_path: Path, changed: str) -> None:
    private, public = save(tmp_path, "key", Ed25519PrivateKey.generate())
    sign(shop, private)
    path = tmp_path / f"{changed}.toml"
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"\n", b"\r\n", 1))  # the same text, other bytes
    assert "the policy was changed" in refusal(shop, public)
    path.write_bytes(raw)
    load_policy(shop, key=public)


def test_layers_in_another_order_are_another_policy(tmp_path: Path) -> None:
    messages: list[bytes] = []
    for order in ('["wechat", "alipay"]', '["alipay", "wechat"]'):
        path = write(tmp_path, "shop", f"extends = {order}\n{SHOP}")
        messages.append(signed_message(read_layers(path)))
    first, second = (message.split(b"\n") for message in messages)
    assert first[2:4] == second[2:4][::-1]
    assert first != second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its first line is not"),
        (f"{HEADER}\n", "its first line is not"),
        (f"{HEADER}\n?\n", "its second line is not base64"),
        (f"{HEADER}\nAAAA\n", "does not fit"),
        (f"{HEADER} \nAAAA\n", "its first line is not"),
        (f"{HEADER}\nAAAA\nAAAA\n", "its first line is not"),
    ],
)
def test_what_is_no_signature(shop: Path, tmp_path: Path, text: str, message: str) -> None:
    _, public = save(tmp_path, "key", Ed25519PrivateKey.generate())
    signature_path(shop).write_text(text)
    assert message in refusal(shop, public)


def test_keys_of_another_kind_are_refused_with_the_way_to_make_one(
    shop: Path, tmp_path: Path
) -> None:
    private, public = save(tmp_path, "rsa", rsa.generate_private_key(65537, 2048))
    (tmp_path / "text").write_text("a key")
    for key in (private, tmp_path / "text", tmp_path / "missing"):
        with pytest.raises(SigningError):
            sign_layers(read_layers(shop), key)
    sign(shop, save(tmp_path, "key", Ed25519PrivateKey.generate())[0])
    for key, said in ((public, "openssl genpkey"), (tmp_path / "text", "no public key")):
        with pytest.raises(SigningError, match=said):
            load_policy(shop, key=key)


@pytest.mark.skipif(OPENSSL is None, reason="the openssl command is not installed")
def test_openssl_accepts_our_signature_and_we_accept_its(shop: Path, tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        command = [str(OPENSSL), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    openssl("genpkey", "-algorithm", "ed25519", "-out", "o.pem")
    openssl("pkey", "-in", "o.pem", "-pubout", "-out", "o.pub")
    (tmp_path / "message").write_bytes(signed_message(read_layers(shop)))
    sign(shop, tmp_path / "o.pem")
    ours = base64.b64decode(signature_path(shop).read_text().split("\n")[1])
    (tmp_path / "ours").write_bytes(ours)
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "o.pub", "-rawin", "-in", "message")
    openssl(*verify, "-sigfile", "ours")
    openssl("pkeyutl", "-sign", "-inkey", "o.pem", "-rawin", "-in", "message", "-out", "theirs")
    theirs = base64.b64encode((tmp_path / "theirs").read_bytes()).decode()
    signature_path(shop).write_text(f"{HEADER}\n{theirs}\n")
    load_policy(shop, key=tmp_path / "o.pub")
