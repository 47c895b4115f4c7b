"""Distributions, which cache what they get from an origin, and buckets, which can be one."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from urllib.parse import urlsplit

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.load_balancers import Certificate

_CHANGING = ("InProgress", "Deployed")
_WRITTEN = (
    "defaultCacheBehavior cacheBehaviors isEnabled viewerMinimumTlsProtocolVersion"
    " certificateName defaultRootObject customErrorResponses"
)


class Bucket(Resource):
    """A bucket for objects."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        if request.get("enableObjectVersioning"):
            self.members["objectVersioning"] = "Enabled"

    def change(self, request: Request) -> How:
        after = request.only("readonlyAccessAccounts accessLogConfig cors")
        after["accessRules"] = self.members["accessRules"] | request.get("accessRules", {})
        after["objectVersioning"] = request.get("versioning", self.members["objectVersioning"])
        return {"after": after}

    def change_bundle(self, request: Request) -> How:
        return {
            "after": self.take(request, "bundleId") | {"ableToUpdateBundle": False}
        }  # once a month

    def delete_access_key(self, request: Request) -> How:
        keys, gone = self.members["accessKeys"], request["accessKeyId"]
        return {"after": {"accessKeys": [each for each in keys if each["accessKeyId"] != gone]}}


class Distribution(Resource):
    """A content delivery network."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.members |= self.change(request).get("after", {})

    def derive(self, now: JsonObject) -> JsonObject:
        name = now["origin"].get("name", "")
        found = [each for each in self.backend.all(Resource, name) if each.kind != self.kind]
        source = next(iter(found), None)
        kind, shown = (source.kind, source.to_dict()) if source else ("Instance", JsonObject())
        host = urlsplit(str(shown.get("url", ""))).hostname
        address = shown.get("dnsName") or shown.get("publicIpAddress") or host
        return {
            "origin": now["origin"] | {"resourceType": kind},
            "originPublicDNS": address or f"{name}.invalid",
            "status": now["state"],
        }

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
    get_distribution_bundles: on.Action = on.offers("distribution_bundles")
    get_distribution_metric_data: on.Action = on.measures(Distribution)
    update_distribution: on.Action = on.changes(Distribution, Distribution.change)
    update_distribution_bundle: on.Action = on.changes(
        Distribution, lambda each, request: How(after=each.take(request, "bundleId"))
    )
    detach_certificate_from_distribution: on.Action = on.changes(
        Distribution, lambda *_: How(after=_use_certificate(None))
    )
    delete_distribution: on.Action = on.deletes(Distribution)
    create_bucket: on.Action = on.creates(Bucket)
    get_bucket_bundles: on.Action = on.offers("bucket_bundles")
    get_bucket_metric_data: on.Action = on.measures(Bucket)
    update_bucket: on.Action = on.changes(Bucket, Bucket.change)
    update_bucket_bundle: on.Action = on.changes(Bucket, Bucket.change_bundle)
    delete_bucket: on.Action = on.deletes(Bucket)
    delete_bucket_access_key: on.Action = on.changes(Bucket, Bucket.delete_access_key)

    def attach_certificate_to_distribution(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        certificate = self.subject(Certificate, request)
        certificate.check_issued()
        after = _use_certificate(certificate)
        return self.begin(request, distribution, certificate, after=after)

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        reset = {"status": "InProgress", "createTime": self.operations.now()}
        how = How(during={"reset": reset}, after={"reset": reset | {"status": "Complete"}})
        return reset | self.begin(request, distribution, **how)

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        shown = [self.show(each, request) for each in self.wanted(Distribution, request)]
        resets = [each["reset"] for each in shown if "reset" in each]
        return max(resets, key=itemgetter("createTime"), default={})

    def get_buckets(self, request: Request) -> JsonObject:
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return self.page(self.wanted(Bucket, request), request) | {"accountLevelBpaSync": sync}

    def set_resource_access_for_bucket(self, request: Request) -> JsonObject:
        bucket, resource = self.subject(Bucket, request), self.subject(Resource, request)
        name = {"name": resource.name, "resourceType": resource.kind}
        others = [each for each in bucket.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if request["access"] == "allow" else []
        update = partial(bucket.members.update, resourcesReceivingAccess=others + allowed)
        return self.begin(request, resource, bucket, effect=update)

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.subject(Bucket, request), self.new_number()
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        after = {"accessKeys": [*bucket.members["accessKeys"], key]}
        response = self.begin(request, bucket, after=after)
        return response | {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        keys = self.read(Bucket, request).members["accessKeys"]
        return {"accessKeys": [each | never_used for each in keys]}
