"""Key pairs, and what a user needs to log in to an instance, or prepares there."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import timedelta
from functools import cached_property, lru_cache, partial

from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from lightsail_ops.testing._data import CATALOGUES, JsonObject, action_model
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing._resources.instances import DEFAULT_KEY_PAIR, Instance, open_ports
from lightsail_ops.testing.exceptions import check

_ACCESS_LASTS = timedelta(hours=1)  # guess
_HTTPS = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}
_HOST_KEYS = ("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256")


@lru_cache(maxsize=100)
def _make_keys(of: str) -> JsonObject:
    """Return new keys, which take long to make; the same ones whenever the same id comes again."""
    del of
    private = generate_private_key(public_exponent=65537, key_size=2048)
    encoding, openssl = formats.Encoding.PEM, formats.PrivateFormat.TraditionalOpenSSL
    pem = private.private_bytes(encoding, openssl, formats.NoEncryption())
    openssh = (formats.Encoding.OpenSSH, formats.PublicFormat.OpenSSH)
    public = private.public_key().public_bytes(*openssh)
    return {"privateKeyBase64": pem.decode(), "publicKeyBase64": public.decode()}


class KeyPair(Resource):
    """A key pair, of which Lightsail keeps the public key."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.keys: JsonObject = request.only("publicKeyBase64") or _make_keys(self.id)
        key: str = self.keys["publicKeyBase64"]
        digest = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
        self.members["fingerprint"] = digest.hex(":")


class AccessBackend(on.ResourceBackend):
    """The actions on key pairs, and those that say how to log in, or prepare it."""

    start_gui_session: on.Action = on.changes(Instance)
    stop_gui_session: on.Action = on.changes(Instance)
    get_setup_history: on.Action = on.reads(Instance, "setups")
    import_key_pair: on.Action = on.creates(KeyPair)

    def create_key_pair(self, request: Request) -> JsonObject:
        key_pair = KeyPair(self, request)
        return key_pair.keys | self.begin(request, key_pair)

    def get_key_pair(self, request: Request) -> KeyPair:
        is_default = request["keyPairName"] == DEFAULT_KEY_PAIR
        return self._default_key_pair if is_default else self.find(KeyPair, request)

    def delete_key_pair(self, request: Request) -> JsonObject:
        key_pair = self.get_key_pair(request)
        if key_pair.name == DEFAULT_KEY_PAIR:
            is_right = request.get("expectedFingerprint") == key_pair.members["fingerprint"]
            check(is_right, "expectedFingerprint must be that of the default key pair.")
            del self._default_key_pair
        return self.begin(request, key_pair, goes=True)

    def get_key_pairs(self, request: Request) -> list[KeyPair]:
        default = [self._default_key_pair] if request.get("includeDefaultKeyPair") else []
        return self.all(KeyPair) + default

    def download_default_key_pair(self, _: Request) -> JsonObject:
        default = self._default_key_pair
        return default.keys | {"createdAt": default.created_at}

    @cached_property
    def _default_key_pair(self) -> KeyPair:
        """The key pair that a region makes when it is first wanted."""
        request = Request(action_model("CreateKeyPair"), {"keyPairName": DEFAULT_KEY_PAIR})
        return KeyPair(self, request)

    def get_instance_access_details(self, request: Request) -> JsonObject:
        instance = self.find(Instance, request)
        keys, platform = self._default_key_pair.keys, instance.blueprint["platform"]
        details: JsonObject = instance.to_dict()
        details["expiresAt"] = self.operations.now() + _ACCESS_LASTS
        details["instanceName"] = instance.name
        details["ipAddress"] = details["publicIpAddress"]
        details["protocol"] = CATALOGUES["platforms"][platform]["protocol"]
        details |= request.only("protocol")
        if details["protocol"] == "rdp":
            details["password"] = f"a-fake-{instance.id[:16]}"
            details["passwordData"] = {"ciphertext": "", "keyPairName": details["sshKeyName"]}
        else:
            public_key = keys["publicKeyBase64"].split()[1]
            details["certKey"] = f"ssh-rsa-cert-v01@openssh.com {public_key}"
            details["privateKey"] = keys["privateKeyBase64"]
            details["hostKeys"] = [_host_key(instance, algorithm) for algorithm in _HOST_KEYS]
        return {"accessDetails": details}

    def create_gui_session_access_details(self, request: Request) -> JsonObject:
        instance = self.find(Instance, request)
        url = f"https://{instance.id}.{self.region_name}.lightsail.invalid/"
        session = {"name": "desktop", "url": url, "isPrimary": True}
        is_started = instance.members["hasGuiSession"]
        return {
            "resourceName": instance.name,
            "status": "started" if is_started else "notStarted",
            "percentageComplete": 100 if is_started else 0,
            "sessions": [session] if is_started else [],
        }

    @on.changing(Instance)
    def setup_instance_https(self, request: Request, instance: Instance) -> Effect:
        setup: JsonObject = {
            "operationId": self.operations.new_id(),
            "request": request.only("instanceName domainNames certificateProvider"),
            "resource": instance.to_dict(),
            "executionDetails": [],
            "status": "inProgress",
        }
        instance.members["setups"].insert(0, setup)

        def on_success() -> None:
            setup["status"] = "succeeded"
            instance.members["ports"] = open_ports(instance.members["ports"], [_HTTPS])

        return {"on_success": on_success, "on_failure": partial(setup.update, status="failed")}


def _host_key(instance: Instance, algorithm: str) -> JsonObject:
    key = f"{algorithm} of {instance.arn}".encode()
    sha1, sha256 = hashlib.sha1(key, usedforsecurity=False).digest(), hashlib.sha256(key).digest()
    return {
        "algorithm": algorithm,
        "publicKey": b64encode(key).decode(),
        "fingerprintSHA1": f"SHA1:{b64encode(sha1).decode().rstrip('=')}",
        "fingerprintSHA256": f"SHA256:{b64encode(sha256).decode().rstrip('=')}",
        "notValidBefore": instance.created_at,
        "witnessedAt": instance.created_at,
    }
