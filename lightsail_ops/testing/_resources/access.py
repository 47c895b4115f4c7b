"""Key pairs, and what a user needs to log in to an instance, or prepares there."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import cached_property, lru_cache, partial

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    deletes,
    shows,
    starts,
)
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.ports import open_port

_DEFAULT_NAME = "LightsailDefaultKeyPair"
_ACCESS_LASTS = timedelta(hours=1)  # guess
_HTTPS = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}
_FAILED = {"status": "failed"}
_HOST_KEYS = ("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256")


@lru_cache(maxsize=100)
def _make_keys(name: str) -> JsonObject:
    """Return the keys of this name, which are made once in a process: making them takes long."""
    del name
    private = generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return {"privateKeyBase64": pem.decode(), "publicKeyBase64": public.decode()}


class KeyPair(Resource):
    """A key pair, of which Lightsail keeps the public key."""

    kind = "KeyPair"
    named_by = "keyPairName"

    def __init__(self, backend: ResourceBackend, request: Request, public_key: str) -> None:
        super().__init__(backend, request)
        digest = hashlib.sha1(public_key.encode(), usedforsecurity=False).digest()
        self.members["fingerprint"] = digest.hex(":")


class AccessBackend(ResourceBackend):
    """The actions on key pairs, and those that say how to log in, or prepare it."""

    get_key_pair: Action = shows(KeyPair, "keyPair")
    delete_key_pair: Action = deletes(KeyPair)
    start_gui_session: Action = starts(Instance, Instance.start_session, named_by="resourceName")
    stop_gui_session: Action = starts(Instance, Instance.stop_session, named_by="resourceName")

    def create_key_pair(self, request: Request) -> JsonObject:
        keys = _make_keys(request["keyPairName"])
        pair = KeyPair(self, request, keys["publicKeyBase64"])
        response = self.create(pair)
        return response | keys | {"keyPair": pair.to_dict()}

    def import_key_pair(self, request: Request) -> JsonObject:
        return self.create(KeyPair(self, request, request["publicKeyBase64"]))

    def get_key_pairs(self, request: Request) -> JsonObject:
        default = [self._default_key_pair] if request.get("includeDefaultKeyPair") else []
        return self.page("keyPairs", self.all(KeyPair) + default, request)

    def download_default_key_pair(self, _: Request) -> JsonObject:
        return _make_keys(_DEFAULT_NAME) | {"createdAt": self._default_key_pair.created_at}

    @cached_property
    def _default_key_pair(self) -> KeyPair:
        """The key pair that a region makes when it is first wanted."""
        request = Request("CreateKeyPair", {"keyPairName": _DEFAULT_NAME})
        return KeyPair(self, request, _make_keys(_DEFAULT_NAME)["publicKeyBase64"])

    def get_instance_access_details(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        is_windows = instance.blueprint["platform"] == "WINDOWS"
        protocol = request.get("protocol", "rdp" if is_windows else "ssh")
        details = instance.to_dict() | {
            "expiresAt": self.operations.now() + _ACCESS_LASTS,
            "instanceName": instance.name,
            "ipAddress": instance.addresses["publicIpAddress"],
            "protocol": protocol,
        }
        if protocol == "rdp":
            data = {"ciphertext": "", "keyPairName": instance.members["sshKeyName"]}
            password = f"a-fake-{instance.uuid.hex[:16]}"
            return {"accessDetails": details | {"password": password, "passwordData": data}}
        keys = _make_keys(_DEFAULT_NAME)
        certificate = f"ssh-rsa-cert-v01@openssh.com {keys['publicKeyBase64'].split()[1]}"
        host_keys = [_host_key(instance, algorithm) for algorithm in _HOST_KEYS]
        shown = {"certKey": certificate, "privateKey": keys["privateKeyBase64"]}
        return {"accessDetails": details | shown | {"hostKeys": host_keys}}

    def create_gui_session_access_details(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["resourceName"])
        url = f"https://{instance.uuid.hex}.{self.region_name}.lightsail.invalid/"
        sessions = [{"name": "desktop", "url": url, "isPrimary": True}]
        shown: JsonObject = {"status": "started", "percentageComplete": 100, "sessions": sessions}
        if not instance.has_gui_session:
            shown = {"status": "notStarted", "percentageComplete": 0, "sessions": []}
        return {"resourceName": instance.name} | shown

    def setup_instance_https(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["instanceName"])
        setup: JsonObject = {
            "operationId": self.operations.new_id(),
            "request": request.only("instanceName domainNames certificateProvider"),
            "resource": instance.to_dict(),
            "executionDetails": [],
            "status": "inProgress",
        }
        instance.setups.insert(0, setup)
        effect, on_failure = partial(_end_setup, instance, setup), partial(setup.update, _FAILED)
        return all_of(self.start(request.action, instance, effect=effect, on_failure=on_failure))

    def get_setup_history(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["resourceName"])
        setups = [dict(each) for each in instance.setups]
        self.show(instance)
        return self.page("setupHistory", setups, request)


def _end_setup(instance: Instance, setup: JsonObject) -> None:
    setup["status"] = "succeeded"
    instance.ports = open_port(instance.ports, _HTTPS)


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
