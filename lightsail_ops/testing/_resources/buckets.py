"""Buckets, and the keys that give access to them."""

from __future__ import annotations

from functools import partial

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    completes,
    creates,
    deletes,
)
from lightsail_ops.testing._resources.base import Request, Resource

_UPDATED = "readonlyAccessAccounts accessLogConfig cors"


class Bucket(Resource):
    """A bucket for objects."""

    kind = "Bucket"
    named_by = "bucketName"
    written = "bundleId"

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.check_bundle(request)
        self.access_keys: list[JsonObject] = []
        if request.get("enableObjectVersioning"):
            self.members["objectVersioning"] = "Enabled"

    def to_dict(self) -> JsonObject:
        url = f"https://{self.name}.s3.{self.backend.region_name}.amazonaws.com/"
        return super().to_dict() | {"url": url}

    def change(self, request: Request) -> None:
        self.members |= request.only(_UPDATED)
        self.members["accessRules"] |= request.get("accessRules", {})
        self.members["objectVersioning"] = request.get(
            "versioning", self.members["objectVersioning"]
        )

    def check_bundle(self, request: Request) -> None:
        """Raise AWS's error if a request wants a bundle that is not on offer."""
        find_offer("bucket_bundles", "bundleId", request["bundleId"])

    def change_bundle(self, request: Request) -> None:
        self.members |= request.only("bundleId") | {"ableToUpdateBundle": False}  # once a month

    def delete_access_key(self, request: Request) -> None:
        gone = request["accessKeyId"]
        self.access_keys = [each for each in self.access_keys if each["accessKeyId"] != gone]

    def set_access(self, resource: Resource, access: str) -> None:
        """Let a resource read and write the bucket, or not."""
        name = {"name": resource.name, "resourceType": resource.kind}
        others = [each for each in self.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if access == "allow" else []
        self.members["resourcesReceivingAccess"] = others + allowed


class BucketBackend(ResourceBackend):
    """The actions on buckets."""

    create_bucket: Action = creates(Bucket, shown_as="bucket")
    update_bucket: Action = completes(Bucket, Bucket.change, shown_as="bucket")
    update_bucket_bundle: Action = completes(
        Bucket, Bucket.change_bundle, check=Bucket.check_bundle
    )
    delete_bucket: Action = deletes(Bucket)
    delete_bucket_access_key: Action = completes(Bucket, Bucket.delete_access_key)

    def get_buckets(self, request: Request) -> JsonObject:
        response = self.page("buckets", self.wanted(Bucket, request), request)
        hidden = set[str]()
        if not request.get("includeConnectedResources"):
            hidden.add("resourcesReceivingAccess")
        if not request.get("includeCors"):
            hidden.add("cors")
        sent = [
            {name: value for name, value in bucket.items() if name not in hidden}
            for bucket in response["buckets"]
        ]
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return response | {"buckets": sent, "accountLevelBpaSync": sync}

    def get_bucket_bundles(self, _: Request) -> JsonObject:
        return {"bundles": CATALOGUES["bucket_bundles"]}

    def set_resource_access_for_bucket(self, request: Request) -> JsonObject:
        bucket = self.named(Bucket, request["bucketName"])
        resource = self.named(Resource, request["resourceName"])
        effect = partial(bucket.set_access, resource, request["access"])
        return all_of(self.complete(request.action, resource, bucket, effect=effect))

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.named(Bucket, request["bucketName"]), self.new_number()
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        effect = partial(bucket.access_keys.append, key)
        response = all_of(self.complete("CreateBucketAccessKey", bucket, effect=effect))
        return response | {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        keys = self.get(Bucket, request["bucketName"]).access_keys
        return {"accessKeys": [each | never_used for each in keys]}
