"""Buckets, and the keys that give access to them."""

from __future__ import annotations

from functools import partial

from lightsail_ops.testing._catalogue import find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend, delete_one
from lightsail_ops.testing.resources.base import Request, Resource


class Bucket(Resource):
    """A bucket for objects."""

    kind = "Bucket"

    def __init__(self, backend: ResourceBackend, name: str, members: JsonObject) -> None:
        super().__init__(backend, name, members)
        find_offer("bucket_bundles", "bundleId", self.members["bundleId"])
        self.access_keys: list[JsonObject] = []

    def to_dict(self) -> JsonObject:
        url = f"https://{self.name}.s3.{self.backend.region_name}.amazonaws.com/"
        return super().to_dict() | {"url": url}

    def delete_access_key(self, key_id: str) -> None:
        """Delete an access key, if there is such a one."""
        self.access_keys = [each for each in self.access_keys if each["accessKeyId"] != key_id]

    def set_access(self, resource: Resource, access: str) -> None:
        """Let a resource read and write the bucket, or not."""
        name = {"name": resource.name, "resourceType": resource.kind}
        others = [each for each in self.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if access == "allow" else []
        self.members["resourcesReceivingAccess"] = others + allowed


class BucketBackend(ResourceBackend):
    """The actions on buckets."""

    delete_bucket = delete_one(Bucket, "bucketName")

    def create_bucket(self, request: Request) -> JsonObject:
        members = request.only("bundleId tags")
        if request.get("enableObjectVersioning"):
            members["objectVersioning"] = "Enabled"
        bucket = Bucket(self, self.check_free(Bucket, request["bucketName"]), members)
        operations = self.complete("CreateBucket", bucket, comes=bucket)
        return {"bucket": bucket.to_dict(), "operations": operations}

    def get_buckets(self, request: Request) -> JsonObject:
        name = request.get("bucketName")
        buckets = self.all_of(Bucket) if name is None else [self.get(Bucket, name)]
        response = self.page_of("buckets", buckets, request)
        for bucket in response["buckets"]:
            if not request.get("includeConnectedResources"):
                del bucket["resourcesReceivingAccess"]
            if not request.get("includeCors"):
                del bucket["cors"]
        return response | {
            "accountLevelBpaSync": {"status": "Defaulted", "bpaImpactsLightsail": False}
        }

    def update_bucket(self, request: Request) -> JsonObject:
        bucket = self.named(Bucket, request["bucketName"])
        changes = request.only("accessRules readonlyAccessAccounts accessLogConfig cors")
        if "accessRules" in changes:
            changes["accessRules"] = bucket.members["accessRules"] | changes["accessRules"]
        if "versioning" in request:
            changes["objectVersioning"] = request["versioning"]
        effect = partial(bucket.members.update, changes)
        operations = self.complete("UpdateBucket", bucket, effect=effect)
        return {"bucket": bucket.to_dict(), "operations": operations}

    def update_bucket_bundle(self, request: Request) -> list[JsonObject]:
        bucket, bundle_id = self.named(Bucket, request["bucketName"]), request["bundleId"]
        find_offer("bucket_bundles", "bundleId", bundle_id)
        changes = {"bundleId": bundle_id, "ableToUpdateBundle": False}  # once a month
        effect = partial(bucket.members.update, changes)
        return self.complete("UpdateBucketBundle", bucket, effect=effect)

    def set_resource_access_for_bucket(self, request: Request) -> list[JsonObject]:
        bucket = self.named(Bucket, request["bucketName"])
        resource = self.named_any(request["resourceName"])
        effect = partial(bucket.set_access, resource, request["access"])
        return self.complete("SetResourceAccessForBucket", resource, bucket, effect=effect)

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.named(Bucket, request["bucketName"]), self.new_number()
        key: JsonObject = {
            "accessKeyId": f"AKIA{uuid.hex[:16].upper()}",
            "status": "Active",
            "createdAt": self.operations.now(),
        }
        effect = partial(bucket.access_keys.append, key)
        operations = self.complete("CreateBucketAccessKey", bucket, effect=effect)
        shown = key | {"secretAccessKey": f"a-fake-secret-{uuid.hex}"}  # only now
        return {"accessKey": shown, "operations": operations}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        bucket = self.get(Bucket, request["bucketName"])
        return {"accessKeys": [each | never_used for each in bucket.access_keys]}

    def delete_bucket_access_key(self, request: Request) -> list[JsonObject]:
        bucket, key_id = self.named(Bucket, request["bucketName"]), request["accessKeyId"]
        effect = partial(bucket.delete_access_key, key_id)
        return self.complete("DeleteBucketAccessKey", bucket, effect=effect)
