"""Certificates, those of distributions and container services and those of load balancers."""

from __future__ import annotations

import uuid
from datetime import timedelta

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import Action, ResourceBackend, deletes
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing.exceptions import InvalidInputException

_LIFETIME = timedelta(days=395)  # of a certificate of AWS Certificate Manager


class AnyCertificate(Resource):
    """A TLS certificate of either kind."""

    named_by = "certificateName"
    is_issued = False

    def __init__(self, backend: ResourceBackend, request: Request, **members: object) -> None:
        super().__init__(backend, request, "", **members)
        self.members.setdefault("subjectAlternativeNames", [self.members["domainName"]])

    def issue(self) -> None:
        """Issue it, as if its owner had proved that the domain is theirs."""
        self.is_issued = True
        self.issued_at = self.backend.operations.now()

    def check_issued(self) -> None:
        """Raise AWS's error if it is not issued."""
        if not self.is_issued:
            raise InvalidInputException(f"The certificate {self.name} is not issued.")

    @property
    def status(self) -> str:
        return "ISSUED" if self.is_issued else "PENDING_VALIDATION"

    @property
    def dns_records(self) -> list[JsonObject]:
        """The records that prove, one for each name, that the domain is its owner's."""
        names = [self.members["domainName"], *self.members["subjectAlternativeNames"]]
        return [
            {
                "domainName": name,
                "name": f"_{uuid.uuid5(self.uuid, name).hex}.{name}.",
                "type": "CNAME",
                "value": f"_{uuid.uuid5(self.uuid, f'{name}.').hex}.acm-validations.aws.",
                "validationStatus": "SUCCESS" if self.is_issued else "PENDING_VALIDATION",
            }
            for name in dict.fromkeys(names)
        ]

    def to_dict(self) -> JsonObject:
        sent = super().to_dict() | {"status": self.status}
        if not self.is_issued:
            return sent
        return sent | {
            "issuedAt": self.issued_at,
            "issuer": "Amazon",
            "issuerCA": "Amazon",
            "keyAlgorithm": "RSA-2048",
            "notAfter": self.issued_at + _LIFETIME,
            "notBefore": self.issued_at,
            "serial": self.uuid.bytes.hex(":"),
            "serialNumber": self.uuid.bytes.hex(":"),
            "signatureAlgorithm": "SHA256WITHRSA",
            "subject": f"CN={self.members['domainName']}",
        }


class Certificate(AnyCertificate):
    """A certificate for distributions and container services."""

    kind = "Certificate"
    written = "domainName subjectAlternativeNames"

    def to_dict(self) -> JsonObject:
        every = self.backend.all(Resource)
        users = [each for each in every if each.members.get("certificateName") == self.name]
        records = [each | {"resourceRecord": each} for each in self.dns_records]
        return super().to_dict() | {
            "domainValidationRecords": records,
            "inUseResourceCount": len(users),
        }

    def summarize(self, *, with_details: bool) -> JsonObject:
        """Return it as lists show it."""
        detail = self.to_dict()
        names = {"certificateArn": self.arn, "certificateName": self.name}
        shown = {"certificateDetail": detail} if with_details else {}
        return names | shown | {name: detail[name] for name in ("domainName", "tags")}


class LoadBalancerTlsCertificate(AnyCertificate):
    """A certificate of a load balancer."""

    kind = "LoadBalancerTlsCertificate"
    written = "loadBalancerName"
    is_attached = False

    def __init__(self, backend: ResourceBackend, request: Request, _: Resource | None = None):
        members = {"domainName": request.get("certificateDomainName", "example.com")}
        if "certificateAlternativeNames" in request:
            members["subjectAlternativeNames"] = request["certificateAlternativeNames"]
        super().__init__(backend, request, **members)

    def to_dict(self) -> JsonObject:
        records = {"domainValidationRecords": self.dns_records}
        return super().to_dict() | records | {"isAttached": self.is_attached}


class CertificateBackend(ResourceBackend):
    """The actions on the certificates of distributions and container services."""

    delete_certificate: Action = deletes(Certificate)

    def create_certificate(self, request: Request) -> JsonObject:
        certificate = Certificate(self, request)
        response = self.create(certificate)
        return response | {"certificate": certificate.summarize(with_details=True)}

    def get_certificates(self, request: Request) -> JsonObject:
        statuses, details = request.get("certificateStatuses"), "includeCertificateDetails"
        found = [
            each.summarize(with_details=request.get(details, False))
            for each in self.wanted(Certificate, request)
            if statuses is None or each.status in statuses
        ]
        return self.page("certificates", found, request)
