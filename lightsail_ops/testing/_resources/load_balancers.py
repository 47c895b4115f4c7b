"""Load balancers, and the certificates: theirs, and those of distributions and containers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid5

from lightsail_ops.testing._data import CATALOGUES, JsonObject, find_offer
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import InvalidInputException

_LIFETIME = timedelta(days=395)  # of a certificate of AWS Certificate Manager


class AnyCertificate(Resource):
    """A TLS certificate of either kind."""

    def __init__(self, backend: on.ResourceBackend, request: Request, **members: object) -> None:
        super().__init__(backend, request, "", status="PENDING_VALIDATION", **members)
        self.members.setdefault("subjectAlternativeNames", [self.members["domainName"]])

    def issue(self) -> None:
        """Issue it, as if its owner had proved that the domain is theirs."""
        issued_at, serial = self.backend.operations.now(), bytes.fromhex(self.id).hex(":")
        self.members |= CATALOGUES["issued_certificate"] | {
            "issuedAt": issued_at,
            "notAfter": issued_at + _LIFETIME,
            "notBefore": issued_at,
            "serial": serial,
            "serialNumber": serial,
            "subject": f"CN={self.members['domainName']}",
        }

    def check_issued(self) -> None:
        """Raise AWS's error if it is not issued."""
        if self.members["status"] != "ISSUED":
            raise InvalidInputException(f"The certificate {self.name} is not issued.")

    def derive(self, now: JsonObject) -> JsonObject:
        """Return the records that prove, one for each name, that the domain is its owner's."""
        status = "SUCCESS" if now["status"] == "ISSUED" else "PENDING_VALIDATION"
        records = [
            {
                "domainName": name,
                "name": f"_{uuid5(UUID(self.id), name).hex}.{name}.",
                "type": "CNAME",
                "value": f"_{uuid5(UUID(self.id), f'{name}.').hex}.acm-validations.aws.",
                "validationStatus": status,
            }
            for name in dict.fromkeys([now["domainName"], *now["subjectAlternativeNames"]])
        ]
        return {"domainValidationRecords": [each | {"resourceRecord": each} for each in records]}


class Certificate(AnyCertificate):
    """A certificate for distributions and container services."""

    @property
    def users(self) -> list[Resource]:
        """The resources that it is attached to."""
        every = self.backend.kept(Resource)
        return [each for each in every if each.members.get("certificateName") == self.name]

    def summarize(self, *, with_details: bool) -> JsonObject:
        """Return it as lists show it."""
        detail = self.to_dict() | {"inUseResourceCount": len(self.users)}
        summary: JsonObject = {"certificateArn": self.arn, "certificateName": self.name}
        summary |= {name: detail[name] for name in ("domainName", "tags")}
        return summary | ({"certificateDetail": detail} if with_details else {})


class LoadBalancerTlsCertificate(AnyCertificate):
    """A certificate of a load balancer."""

    def __init__(self, backend: on.ResourceBackend, request: Request, _: Resource | None = None):
        names = {"certificateDomainName": "domainName"}
        names["certificateAlternativeNames"] = "subjectAlternativeNames"
        members = {names[name]: request[name] for name in names if name in request}
        super().__init__(backend, request, **members)


class LoadBalancer(Resource):
    """A load balancer."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        find_offer("tls_policies", "name", self.members["tlsPolicyName"])

    @property
    def certificates(self) -> list[LoadBalancerTlsCertificate]:
        """Its certificates, the oldest first."""
        every = self.backend.kept(LoadBalancerTlsCertificate)
        return [each for each in every if each.members["loadBalancerName"] == self.name]

    def derive(self, now: JsonObject) -> JsonObject:
        certificates = [
            {"name": each.name, "isAttached": each.members["isAttached"]}
            for each in self.certificates
        ]
        is_secure = any(each["isAttached"] for each in certificates)
        return {
            "instanceHealthSummary": self._summarize_health(now["instanceNames"]),
            "protocol": "HTTP_HTTPS" if is_secure else "HTTP",
            "publicPorts": [80, 443] if is_secure else [80],
            "tlsCertificateSummaries": certificates,
        }

    def _summarize_health(self, names: list[str]) -> list[JsonObject]:
        unused = {"instanceHealth": "unused", "instanceHealthReason": "Instance.InvalidState"}
        instances = {each.name: each for each in self.backend.all(Instance)}
        return [
            {"instanceName": name, "instanceHealth": "healthy"}
            | ({} if instances[name].now["state"] == "running" else unused)
            for name in names
            if name in instances
        ]

    def add_instance(self, name: str) -> None:
        self.remove_instance(name)
        self.members["instanceNames"].append(name)

    def remove_instance(self, name: str) -> None:
        names = self.members["instanceNames"]
        self.members["instanceNames"] = [each for each in names if each != name]

    def use_certificate(self, certificate: LoadBalancerTlsCertificate) -> None:
        for each in self.certificates:
            each.members["isAttached"] = each is certificate

    def change_attribute(self, request: Request) -> How:
        name, value = request["attributeName"], request["attributeValue"]
        member = name[0].lower() + name[1:]
        if member not in self.members:
            options = self.members["configurationOptions"] | {name: value}
            return {"after": {"configurationOptions": options}}
        if member == "tlsPolicyName":
            find_offer("tls_policies", "name", value)
        is_flag = name.endswith("Enabled")
        return {"after": {member: value.lower() == "true" if is_flag else value}}


class LoadBalancerBackend(on.ResourceBackend):
    """The actions on load balancers and certificates."""

    get_load_balancer: on.Action = on.shows(LoadBalancer)
    get_load_balancers: on.Action = on.lists(LoadBalancer)
    get_load_balancer_metric_data: on.Action = on.measures(LoadBalancer)
    get_load_balancer_tls_policies: on.Action = on.offers("tls_policies", "tlsPolicies")
    update_load_balancer_attribute: on.Action = on.completes(
        LoadBalancer, LoadBalancer.change_attribute
    )
    create_load_balancer_tls_certificate: on.Action = on.creates(
        LoadBalancerTlsCertificate, LoadBalancer
    )

    def create_certificate(self, request: Request) -> JsonObject:
        certificate = Certificate(self, request)
        response = self.create(request, certificate)
        return response | {"certificate": certificate.summarize(with_details=True)}

    def delete_certificate(self, request: Request) -> JsonObject:
        certificate = self.subject(Certificate, request)
        if users := certificate.users:
            attached = f"attached to {users[0].name}"
            raise InvalidInputException(f"The certificate {certificate.name} is {attached}.")
        return self.complete(request, certificate, goes=certificate)

    def get_certificates(self, request: Request) -> JsonObject:
        statuses, details = request.get("certificateStatuses"), "includeCertificateDetails"
        found = [
            each.summarize(with_details=request.get(details, False))
            for each in self.wanted(Certificate, request)
            if statuses is None or each.members["status"] in statuses
        ]
        return self.page("certificates", found, request)

    def create_load_balancer(self, request: Request) -> JsonObject:
        balancer = LoadBalancer(self, request)
        if "certificateName" not in request:
            return self.create(request, balancer)
        certificate = LoadBalancerTlsCertificate(self, request)
        how = How(type="CreateLoadBalancerTlsCertificate")
        created = self.create(request, balancer)
        return on.merge(created, self.create(request, certificate, balancer, **how))

    def delete_load_balancer(self, request: Request) -> JsonObject:
        balancer = self.subject(LoadBalancer, request)
        certificates = balancer.certificates
        deleted = self.complete(request, balancer, goes=balancer)
        return on.merge(deleted, *(self._delete(request, each, balancer) for each in certificates))

    def attach_instances_to_load_balancer(self, request: Request) -> JsonObject:
        return self._change_each(request, LoadBalancer.add_instance)

    def detach_instances_from_load_balancer(self, request: Request) -> JsonObject:
        return self._change_each(request, LoadBalancer.remove_instance)

    def _change_each(
        self, request: Request, change: Callable[[LoadBalancer, str], None]
    ) -> JsonObject:
        balancer = self.subject(LoadBalancer, request)
        names = on.check_names(request["instanceNames"])
        instances = [self.named(Instance, name) for name in names]
        start = partial(self.start, request, balancer, has_zone=False)
        return on.merge(
            *(start(each, effect=partial(change, balancer, each.name)) for each in instances)
        )

    def get_load_balancer_tls_certificates(self, request: Request) -> JsonObject:
        balancer = self.read(LoadBalancer, request)
        return {"tlsCertificates": self.show(*balancer.certificates)}

    def attach_load_balancer_tls_certificate(self, request: Request) -> JsonObject:
        balancer = self.subject(LoadBalancer, request)
        certificate = self.subject(LoadBalancerTlsCertificate, request)
        certificate.check_issued()
        effect = partial(balancer.use_certificate, certificate)
        return self.complete(request, balancer, certificate, effect=effect)

    def delete_load_balancer_tls_certificate(self, request: Request) -> JsonObject:
        balancer = self.subject(LoadBalancer, request)
        return self._delete(request, self.subject(LoadBalancerTlsCertificate, request), balancer)

    def _delete(
        self, request: Request, certificate: LoadBalancerTlsCertificate, balancer: LoadBalancer
    ) -> JsonObject:
        how = How(type="DeleteLoadBalancerTlsCertificate", goes=certificate, details=None)
        return self.start(request, certificate, balancer, **how)
