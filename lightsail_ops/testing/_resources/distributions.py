"""Distributions, which cache what they get from an origin."""

from __future__ import annotations

from functools import partial

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    creates,
    lists,
    starts,
)
from lightsail_ops.testing._resources.base import How, Request, Resource, States
from lightsail_ops.testing._resources.buckets import Bucket
from lightsail_ops.testing._resources.certificates import Certificate
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.load_balancers import LoadBalancer

_CHANGING: States = ("InProgress", "Deployed")
_WRITTEN = (
    "defaultCacheBehavior cacheBehaviors isEnabled viewerMinimumTlsProtocolVersion"
    " certificateName defaultRootObject customErrorResponses"
)


class Distribution(Resource):
    """A content delivery network."""

    kind = "Distribution"
    named_by = "distributionName"
    written = "bundleId ipAddressType"
    new_states = _CHANGING
    last_reset: JsonObject | None = None  # of the cache

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.check_bundle(request)
        self.write(request)

    def to_dict(self) -> JsonObject:
        origin: JsonObject = self.members["origin"]
        name = origin.get("name", "")
        source = self.backend.find(Resource, name)
        return super().to_dict() | {
            "domainName": f"d{self.uuid.hex[:13]}.cloudfront.net",
            "origin": origin | {"resourceType": source.kind if source else "Instance"},
            "originPublicDNS": _public_dns(source) or f"{name}.invalid",
            "state": None,
            "status": self.current_state,
        }

    def write(self, request: Request) -> None:
        members = self.members
        members |= request.only(_WRITTEN)
        settings = request.only("cacheBehaviorSettings").get("cacheBehaviorSettings", {})
        members["cacheBehaviorSettings"] |= settings
        origin = {"protocolPolicy": "http-only", "responseTimeout": 30}
        members["origin"] = origin | members.get("origin", {}) | request.get("origin", {})
        members["origin"].setdefault("regionName", self.backend.region_name)
        if "enablePrivateOriginAccess" in request:
            is_enabled = request["enablePrivateOriginAccess"]
            members["origin"]["isPrivateOriginAccessEnabled"] = is_enabled
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            members["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        if request.get("useDefaultCertificate"):
            self.set_certificate(None)

    def check_bundle(self, request: Request) -> None:
        """Raise AWS's error if a request wants a bundle that is not on offer."""
        bundle_id = request.get("bundleId") or self.members["bundleId"]
        find_offer("distribution_bundles", "bundleId", bundle_id)

    def change_bundle(self, request: Request) -> None:
        self.members |= request.only("bundleId")

    def set_certificate(self, certificate: Certificate | None) -> None:
        """Use a certificate, or the one that every distribution has."""
        self.members["certificateName"] = certificate and certificate.name
        members = JsonObject() if certificate is None else certificate.members
        self.members["alternativeDomainNames"] = members.get("subjectAlternativeNames", [])


def _public_dns(origin: Resource | None) -> str | None:
    match origin:
        case Instance():
            return str(origin.addresses["publicIpAddress"])
        case LoadBalancer():
            return str(origin.to_dict()["dnsName"])
        case Bucket():
            return f"{origin.name}.s3.{origin.location.region_name}.amazonaws.com"
        case _:
            return None


class DistributionBackend(ResourceBackend):
    """The actions on distributions."""

    create_distribution: Action = creates(Distribution, shown_as="distribution")
    get_distributions: Action = lists(Distribution, "distributions")
    update_distribution: Action = starts(Distribution, Distribution.write, states=_CHANGING)
    update_distribution_bundle: Action = starts(
        Distribution, Distribution.change_bundle, check=Distribution.check_bundle, states=_CHANGING
    )
    detach_certificate_from_distribution: Action = starts(
        Distribution, lambda distribution, _: distribution.set_certificate(None), states=_CHANGING
    )

    def attach_certificate_to_distribution(self, request: Request) -> JsonObject:
        distribution = self.named(Distribution, request["distributionName"])
        certificate = self.named(Certificate, request["certificateName"])
        certificate.check_issued()
        how = How(states=_CHANGING, effect=partial(distribution.set_certificate, certificate))
        return all_of(self.start(request.action, distribution, certificate, **how))

    def delete_distribution(self, request: Request) -> JsonObject:
        distribution = self.named(Distribution, request.needed("distributionName"))
        how = How(states=("InProgress", None), goes=distribution)
        return all_of(self.start(request.action, distribution, **how))

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self.named(Distribution, request.needed("distributionName"))
        before = distribution.last_reset
        reset: JsonObject = {"status": "InProgress", "createTime": self.operations.now()}
        distribution.last_reset = reset
        effect = partial(reset.update, status="Complete")
        on_failure = partial(setattr, distribution, "last_reset", before)
        return reset | all_of(
            self.start(request.action, distribution, effect=effect, on_failure=on_failure)
        )

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        found = self.wanted(Distribution, request)
        resets = [dict(each.last_reset) for each in found if each.last_reset is not None]
        self.show_all(found)
        return max(resets, key=lambda each: each["createTime"], default=JsonObject())

    def get_distribution_bundles(self, _: Request) -> JsonObject:
        return {"bundles": CATALOGUES["distribution_bundles"]}
