"""Distributions, which cache what they get from an origin, and buckets, which can be one."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from lightsail_ops.testing._data import JsonObject, find_offer
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.load_balancers import Certificate
from lightsail_ops.testing.exceptions import InvalidInputException

_CHANGING = ("InProgress", "Deployed")
_WRITTEN = (
    "defaultCacheBehavior cacheBehaviors isEnabled viewerMinimumTlsProtocolVersion"
    " certificateName defaultRootObject customErrorResponses"
)


class Bucket(Resource):
    """A bucket for objects."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.change_bundle(request)
        if request.get("enableObjectVersioning"):
            self.members["objectVersioning"] = "Enabled"

    def change(self, request: Request) -> How:
        after = request.only("readonlyAccessAccounts accessLogConfig cors")
        after["accessRules"] = self.members["accessRules"] | request.get("accessRules", {})
        after["objectVersioning"] = request.get("versioning", self.members["objectVersioning"])
        return {"after": after}

    def change_bundle(self, request: Request) -> How:
        find_offer("bucket_bundles", "bundleId", request["bundleId"])
        return {"after": request.only("bundleId") | {"ableToUpdateBundle": False}}  # once a month

    def delete_access_key(self, request: Request) -> How:
        keys, gone = self.members["accessKeys"], request["accessKeyId"]
        return {"after": {"accessKeys": [each for each in keys if each["accessKeyId"] != gone]}}


class Distribution(Resource):
    """A content delivery network."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.change_bundle(request)
        self.members |= self.change(request).get("after", {})

    def derive(self, now: JsonObject) -> JsonObject:
        name = now["origin"].get("name", "")
        source = self._find_source(name, now["origin"]["regionName"])
        kind, shown = (source.kind, source.to_dict()) if source else ("Instance", JsonObject())
        host = urlsplit(str(shown.get("url", ""))).hostname
        address = shown.get("dnsName") or shown.get("publicIpAddress") or host
        return {
            "origin": now["origin"] | {"resourceType": kind},
            "originPublicDNS": address or f"{name}.invalid",
            "status": now["state"],
        }

    def _find_source(self, name: str, region_name: str) -> Resource | None:
        """Return the resource that the distribution caches, which may be in any region."""
        backends = [self.backend]
        with suppress(InvalidInputException):  # there is no such region
            backends.insert(0, self.backend.in_region(region_name))
        named = [found for each in backends for found in each.kept(Resource, name)]
        return next((each for each in named if each.kind != self.kind), None)

    def change(self, request: Request) -> How:
        after, members = request.only(_WRITTEN), self.members
        for name in ("cacheBehaviorSettings", "origin"):
            after[name] = members[name] | request.get(name, {})
        if "enablePrivateOriginAccess" in request:
            is_enabled = request["enablePrivateOriginAccess"]
            after["origin"]["isPrivateOriginAccessEnabled"] = is_enabled
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            after["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        if request.get("useDefaultCertificate"):
            after |= _use_certificate(None)
        return {"after": after}

    def change_bundle(self, request: Request) -> How:
        bundle_id = request.get("bundleId") or self.members["bundleId"]
        find_offer("distribution_bundles", "bundleId", bundle_id)
        return {"after": {"bundleId": bundle_id}}


def _use_certificate(certificate: Certificate | None) -> JsonObject:
    """Return the members of a distribution that say which certificate it has."""
    if certificate is None:
        return {"certificateName": None, "alternativeDomainNames": []}
    names = certificate.members["subjectAlternativeNames"]
    return {"certificateName": certificate.name, "alternativeDomainNames": names}


class DistributionBackend(on.ResourceBackend):
    """The actions on distributions and buckets."""

    create_distribution: on.Action = on.creates(Distribution)
    get_distributions: on.Action = on.lists(Distribution)
    get_distribution_bundles: on.Action = on.all_offers("distribution_bundles", "bundles")
    get_distribution_metric_data: on.Action = on.measures(Distribution)
    update_distribution: on.Action = on.starts(Distribution, Distribution.change, _CHANGING)
    update_distribution_bundle: on.Action = on.starts(
        Distribution, Distribution.change_bundle, _CHANGING
    )
    detach_certificate_from_distribution: on.Action = on.starts(
        Distribution, lambda _, __: How(after=_use_certificate(None)), _CHANGING
    )
    delete_distribution: on.Action = on.starts(
        Distribution, lambda each, _: How(goes=each), ("InProgress", None)
    )
    create_bucket: on.Action = on.creates(Bucket)
    get_bucket_bundles: on.Action = on.all_offers("bucket_bundles", "bundles")
    get_bucket_metric_data: on.Action = on.measures(Bucket)
    update_bucket: on.Action = on.completes(Bucket, Bucket.change)
    update_bucket_bundle: on.Action = on.completes(Bucket, Bucket.change_bundle)
    delete_bucket: on.Action = on.deletes(Bucket)
    delete_bucket_access_key: on.Action = on.completes(Bucket, Bucket.delete_access_key)

    def attach_certificate_to_distribution(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        certificate = self.subject(Certificate, request)
        certificate.check_issued()
        how = How(states=_CHANGING, after=_use_certificate(certificate))
        return self.start(request, distribution, certificate, **how)

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        reset = {"status": "InProgress", "createTime": self.operations.now()}
        how = How(during={"reset": reset}, after={"reset": reset | {"status": "Complete"}})
        return reset | self.start(request, distribution, **how)

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        found = self.wanted(Distribution, request)
        resets = [shown["reset"] for shown in self.show(*found) if "reset" in shown]
        return max(resets, key=lambda each: each["createTime"], default=JsonObject())

    def get_buckets(self, request: Request) -> JsonObject:
        response = self.page("buckets", self.wanted(Bucket, request), request)
        wanted = {"resourcesReceivingAccess": "includeConnectedResources", "cors": "includeCors"}
        for member in [name for name in wanted if not request.get(wanted[name])]:
            for shown in response["buckets"]:
                del shown[member]
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return response | {"accountLevelBpaSync": sync}

    def set_resource_access_for_bucket(self, request: Request) -> JsonObject:
        bucket, resource = self.subject(Bucket, request), self.subject(Resource, request)
        if resource is bucket:
            raise InvalidInputException(f"The bucket {bucket.name} needs no access to itself.")
        name = {"name": resource.name, "resourceType": resource.kind}
        others = [each for each in bucket.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if request["access"] == "allow" else []
        update = partial(bucket.members.update, resourcesReceivingAccess=others + allowed)
        return self.complete(request, resource, bucket, effect=update)

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.subject(Bucket, request), self.new_number()
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        after = {"accessKeys": [*bucket.members["accessKeys"], key]}
        response = self.complete(request, bucket, after=after)
        return response | {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        keys = self.read(Bucket, request).members["accessKeys"]
        return {"accessKeys": [each | never_used for each in keys]}
