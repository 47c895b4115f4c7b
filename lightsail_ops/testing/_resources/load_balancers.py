"""Load balancers, and the certificates: theirs, and those of distributions and containers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid5

from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import check

_HEALTH = {  # of an instance, by whether it runs
    True: {"instanceHealth": "healthy"},
    False: {"instanceHealth": "unused", "instanceHealthReason": "Instance.InvalidState"},
}
_DELETION = How(type="DeleteLoadBalancerTlsCertificate", goes=True, details=None)
_LIFETIME = timedelta(days=395)  # of a certificate of AWS Certificate Manager


class AnyCertificate(Resource):
    """A TLS certificate of either kind."""

    def __init__(
        self, backend: on.ResourceBackend, request: Request, _: Resource | None = None
    ) -> None:
        super().__init__(backend, request)
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
        is_issued = self.members["status"] == "ISSUED"
        check(is_issued, f"The certificate {self.name} is not issued.")

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

    def list_users(self) -> list[Resource]:
        """Return the distributions and the container services that have it, or will have it."""
        others = [each for each in self.backend.all(Resource) if each is not self]
        return [each for each in others if self._is_of(each)]

    def _is_of(self, other: Resource) -> bool:
        states = [other.members, *(change.after for change in other.pending)]
        return any(
            self.name == members.get("certificateName")
            or self.name in members.get("publicDomainNames", ())
            for members in states
        )

    def check_unused(self, _: Request) -> None:
        names = ", ".join(each.name for each in self.list_users())
        check(not names, f"The certificate {self.name} is attached to {names}.")

    def summarize(self, *, with_details: bool) -> JsonObject:
        """Return it as lists show it."""
        detail = self.to_dict() | {"inUseResourceCount": len(self.list_users())}
        summary = detail | {"certificateArn": self.arn, "certificateName": self.name}
        return summary | {"certificateDetail": detail if with_details else None}


class LoadBalancerTlsCertificate(AnyCertificate):
    """A certificate of a load balancer."""

    def check_of(self, balancer: LoadBalancer) -> None:
        is_right = self.members["loadBalancerName"] == balancer.name
        check(is_right, f"The certificate {self.name} is not one of {balancer.name}.")

    def delete(self, balancer: LoadBalancer, request: Request) -> How:
        self.check_of(balancer)
        is_used = self.members["isAttached"] and balancer.members["instanceNames"]
        may_go = not is_used or request.get("force")
        check(may_go, f"Instances use the certificate {self.name}: delete it with force.")
        return _DELETION


class LoadBalancer(Resource):
    """A load balancer."""

    @property
    def certificates(self) -> list[LoadBalancerTlsCertificate]:
        return self.find_referring(LoadBalancerTlsCertificate, "loadBalancerName")

    def derive(self, now: JsonObject) -> JsonObject:
        certificates = [each.to_dict() for each in self.certificates]
        is_secure = any(each["isAttached"] for each in certificates)
        return {
            "instanceHealthSummary": [
                {"instanceName": instance.name} | _HEALTH[instance.now["state"] == "running"]
                for instance in self.backend.all(Instance)
                if instance.name in now["instanceNames"]
            ],
            "protocol": "HTTP_HTTPS" if is_secure else "HTTP",
            "publicPorts": [80, 443] if is_secure else [80],
            "tlsCertificateSummaries": certificates,
        }

    def balance(self, name: str, *, is_attached: bool) -> None:
        others = [each for each in self.members["instanceNames"] if each != name]
        self.members["instanceNames"] = [*others, name] if is_attached else others

    def lose(self, other: Resource) -> None:
        self.balance(other.key, is_attached=False)

    def use(self, certificate: LoadBalancerTlsCertificate, _: Request) -> How:
        certificate.check_of(self)
        certificate.check_issued()

        def effect() -> None:
            for each in self.certificates:
                each.members["isAttached"] = each is certificate

        return {"effect": effect}

    def change_attribute(self, request: Request) -> How:
        name, value = request["attributeName"], request["attributeValue"]
        member = name[0].lower() + name[1:]
        if member not in self.members:
            options = self.members["configurationOptions"] | {name: value}
            return {"after": {"configurationOptions": options}}
        if member == "tlsPolicyName":
            self.offer(member, value)
        is_flag = name.endswith("Enabled")
        return {"after": {member: value.lower() == "true" if is_flag else value}}


class LoadBalancerBackend(on.ResourceBackend):
    """The actions on load balancers and certificates."""

    delete_certificate: on.Action = on.deletes(Certificate, Certificate.check_unused)
    get_load_balancer: on.Action = on.shows(LoadBalancer)
    get_load_balancers: on.Action = on.lists(LoadBalancer)
    get_load_balancer_metric_data: on.Action = on.measures(LoadBalancer)
    get_load_balancer_tls_policies: on.Action = on.offers("tls_policies")
    update_load_balancer_attribute: on.Action = on.changes(
        LoadBalancer, rule=LoadBalancer.change_attribute
    )
    create_load_balancer_tls_certificate: on.Action = on.creates(
        LoadBalancerTlsCertificate, LoadBalancer
    )
    attach_load_balancer_tls_certificate: on.Action = on.changes(
        LoadBalancer, LoadBalancerTlsCertificate, rule=LoadBalancer.use
    )
    delete_load_balancer_tls_certificate: on.Action = on.changes(
        LoadBalancerTlsCertificate, LoadBalancer, rule=LoadBalancerTlsCertificate.delete
    )

    def create_certificate(self, request: Request) -> JsonObject:
        certificate = Certificate(self, request)
        response = self.begin(request, certificate)
        return response | {"certificate": certificate.summarize(with_details=True)}

    def get_certificates(self, request: Request) -> list[JsonObject]:
        statuses, details = request.get("certificateStatuses"), "includeCertificateDetails"
        return [
            each.summarize(with_details=request.get(details, False))
            for each in self.find_all(Certificate, request)
            if statuses is None or each.members["status"] in statuses
        ]

    def create_load_balancer(self, request: Request) -> JsonObject:
        balancer, certificates = LoadBalancer(self, request), []
        if "certificateName" in request:
            certificates = [LoadBalancerTlsCertificate(self, request)]
        on.check_names([each.name for each in (balancer, *certificates)])
        how = How(type="CreateLoadBalancerTlsCertificate")
        return on.merge(
            self.begin(request, balancer),
            *(self.begin(request, each, balancer, **how) for each in certificates),
        )

    def delete_load_balancer(self, request: Request) -> JsonObject:
        balancer = self.find(LoadBalancer, request)
        certificates = balancer.certificates
        deleted = self.begin(request, balancer, goes=True)
        return on.merge(
            deleted, *(self.begin(request, each, balancer, **_DELETION) for each in certificates)
        )

    def attach_instances_to_load_balancer(self, request: Request) -> JsonObject:
        return self._balance(request, is_attached=True)

    def detach_instances_from_load_balancer(self, request: Request) -> JsonObject:
        return self._balance(request, is_attached=False)

    def _balance(self, request: Request, *, is_attached: bool) -> JsonObject:
        balancer = self.find(LoadBalancer, request)
        names = on.check_names(request["instanceNames"])
        change = partial(balancer.balance, is_attached=is_attached)
        effects = {self.get(Instance, name): partial(change, name) for name in names}
        return on.merge(
            *(self.begin(request, balancer, each, effect=effects[each]) for each in effects)
        )

    def get_load_balancer_tls_certificates(
        self, request: Request
    ) -> list[LoadBalancerTlsCertificate]:
        return self.find(LoadBalancer, request).certificates
