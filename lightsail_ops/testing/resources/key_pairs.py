"""Key pairs, and what a user needs to log in to an instance."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import cache

import attrs
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend, delete_one, show_one
from lightsail_ops.testing.resources.base import Request, Resource
from lightsail_ops.testing.resources.instances import Instance

_DEFAULT_NAME = "LightsailDefaultKeyPair"
_ACCESS_LASTS = timedelta(hours=1)  # guess
_HOST_KEYS = ("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256")


@attrs.frozen
class Keys:
    """A private key in PEM, and its public key as OpenSSH has it."""

    private: str
    public: str


@cache
def make_keys(name: str) -> Keys:
    """Return the keys of this name, which are made once in a process: making them takes long."""
    del name
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return Keys(pem.decode(), public.decode())


class KeyPair(Resource):
    """A key pair, of which Lightsail keeps the public key."""

    kind = "KeyPair"

    def to_dict(self) -> JsonObject:
        digest = hashlib.sha1(self.members["publicKey"].encode(), usedforsecurity=False)
        return super().to_dict() | {"fingerprint": digest.digest().hex(":")}


class KeyPairBackend(ResourceBackend):
    """The actions on key pairs."""

    get_key_pair = show_one(KeyPair, "keyPair", "keyPairName")
    delete_key_pair = delete_one(KeyPair, "keyPairName")

    def create_key_pair(self, request: Request) -> JsonObject:
        keys = make_keys(request["keyPairName"])
        pair, operations = self._add_key_pair(request, keys.public)
        shown = {"publicKeyBase64": keys.public, "privateKeyBase64": keys.private}
        return {"keyPair": pair.to_dict(), "operation": operations[0]} | shown

    def import_key_pair(self, request: Request) -> list[JsonObject]:
        return self._add_key_pair(request, request["publicKeyBase64"])[1]

    def _add_key_pair(self, request: Request, public_key: str) -> tuple[KeyPair, list[JsonObject]]:
        name = self.check_free(KeyPair, request["keyPairName"])
        pair = KeyPair(self, name, request.only("tags") | {"publicKey": public_key})
        return pair, self.complete(request.action, pair, comes=pair)

    def get_key_pairs(self, request: Request) -> JsonObject:
        pairs = self.all_of(KeyPair)
        if request.get("includeDefaultKeyPair"):
            pairs.append(self._default_key_pair())
        return self.page_of("keyPairs", pairs, request)

    def download_default_key_pair(self, _: Request) -> JsonObject:
        keys = make_keys(_DEFAULT_NAME)
        created_at = self._default_key_pair().created_at
        shown = {"publicKeyBase64": keys.public, "privateKeyBase64": keys.private}
        return shown | {"createdAt": created_at}

    def _default_key_pair(self) -> KeyPair:
        """Return the key pair that a region makes when it is first wanted."""
        if not hasattr(self, "_default"):
            public_key = make_keys(_DEFAULT_NAME).public
            self._default = KeyPair(self, _DEFAULT_NAME, {"publicKey": public_key})
        return self._default


class AccessBackend(ResourceBackend):
    """The action that says how to log in to an instance."""

    def get_instance_access_details(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        is_windows = instance.blueprint["platform"] == "WINDOWS"
        protocol = request.get("protocol", "rdp" if is_windows else "ssh")
        details: JsonObject = {
            "expiresAt": self.operations.now() + _ACCESS_LASTS,
            "instanceName": instance.name,
            "ipAddress": instance.public_ip_address,
            "ipv6Addresses": instance.ipv6_addresses,
            "protocol": protocol,
            "username": instance.blueprint["username"],
        }
        if protocol == "rdp":
            pair = instance.members["sshKeyName"]
            password = {"password": f"a-fake-{instance.uuid.hex[:16]}"}
            return {
                "accessDetails": details
                | password
                | {"passwordData": {"ciphertext": "", "keyPairName": pair}}
            }
        keys = make_keys(_DEFAULT_NAME)
        certificate = f"ssh-rsa-cert-v01@openssh.com {keys.public.split()[1]}"
        host_keys = [_host_key(instance, algorithm) for algorithm in _HOST_KEYS]
        keys_shown = {"certKey": certificate, "privateKey": keys.private, "hostKeys": host_keys}
        return {"accessDetails": details | keys_shown}


def _host_key(instance: Instance, algorithm: str) -> JsonObject:
    public_key = b64encode(f"{algorithm} of {instance.arn}".encode())
    sha1 = hashlib.sha1(b64decode(public_key), usedforsecurity=False).digest()
    sha256 = hashlib.sha256(b64decode(public_key)).digest()
    return {
        "algorithm": algorithm,
        "publicKey": public_key.decode(),
        "fingerprintSHA1": f"SHA1:{b64encode(sha1).decode().rstrip('=')}",
        "fingerprintSHA256": f"SHA256:{b64encode(sha256).decode().rstrip('=')}",
        "notValidBefore": instance.created_at,
        "witnessedAt": instance.created_at,
    }
