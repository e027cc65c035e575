"""What EC2 does and moto doesn't: tokens, capacity, quotas, permissions, placement groups, and the
checks of what an instance is launched with. All of it is judged by moto's own tables and objects.
"""

import itertools
import re
from fnmatch import fnmatchcase
from xml.sax.saxutils import escape

import fixes
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"

# Quota codes of Service Quotas by market and class of instance families, and vCPUs where a script
# doesn't say. The classes are AWS's: what isn't in the second table is "Standard" or unlimited here.
QUOTAS = {
    "L-1216C47A": ("on-demand", "standard"),
    "L-DB2E81BA": ("on-demand", "g"),
    "L-417A185B": ("on-demand", "p"),
    "L-34B43A08": ("spot", "standard"),
    "L-3819A6DF": ("spot", "g"),
    "L-7212CCBC": ("spot", "p"),
}
ENOUGH = 1_000_000.0


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def backend(region):
    """moto's objects of a region."""
    return ec2_backends[DEFAULT_ACCOUNT_ID][region]


def instance_class(instance_type):
    """The class that quotas count a type in; None for those that have quotas of their own."""
    family = re.match(r"[a-z]+", instance_type)[0]
    if family in ("p",):
        return "p"
    if family in ("g", "gr", "vt"):
        return "g"
    return "standard" if family in (*"acdhimrtz", "im", "is") else None


def tree(params, prefix):
    """The entries of a list of parameters: `Filter.1.Name` becomes [{"Name": …}]."""
    found = {}
    for key, value in params.items():
        match = re.fullmatch(re.escape(prefix) + r"\.(\d+)(?:\.(.+))?", key)
        if match:
            found.setdefault(int(match[1]), {})[match[2] or ""] = value
    return [found[number] for number in sorted(found)]


def texts(params, prefix):
    """A list of texts."""
    return [entry[""] for entry in tree(params, prefix) if "" in entry]


class Ec2:
    """One account. The caller holds a lock."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.groups = {}
        self.tokens = {}
        self.numbers = itertools.count(1)
        self.capacity, self.quotas, self.denied, self.page = [], {}, [], 0
        fixes.TIMES.update(pending=0.0, shutting_down=0.0)

    def configure(self, script):
        """Takes what a script says of the account."""
        self.capacity = script.get("capacity", self.capacity)
        self.quotas = script.get("quotas", self.quotas)
        self.denied = script.get("denied", self.denied)
        self.page = script.get("page", self.page)
        for name in ("pending", "shutting_down"):
            if f"{name}_ms" in script:
                fixes.TIMES[name] = script[f"{name}_ms"] / 1000

    # Permissions.

    def check_permission(self, service, action):
        if any(fnmatchcase(f"{service}:{action}", form) for form in self.denied):
            message = f"You are not authorized to perform this operation. {service}:{action}"
            code = "UnauthorizedOperation" if service == "ec2" else "AccessDeniedException"
            raise Refusal(code, message, 403 if service == "ec2" else 400)

    def check_pass_role(self, region, params):
        _, data = self.template(region, params)
        if data.get("IamInstanceProfile") and any(
            fnmatchcase("iam:PassRole", form) for form in self.denied
        ):
            message = (
                "You are not authorized to perform this operation. User: test is not authorized to "
                "perform: iam:PassRole. Encoded authorization failure message: c2VjcmV0"
            )
            raise Refusal("UnauthorizedOperation", message, 403)

    # Tokens.

    def remembered(self, region, action, params):
        """The answer to the call with this token; a refusal if it was another call."""
        token = params.get("ClientToken")
        known = token and self.tokens.get((region, action, token))
        if not known:
            return None
        asked, answer, ids = known
        if asked != params:
            raise Refusal(
                "IdempotentParameterMismatch",
                "The parameters of this request don't match those of the one with its token.",
            )
        live = {i.id for i in self.instances(region) if i.state != "terminated"}
        if ids and not live.intersection(ids):
            raise Refusal(
                "IdempotentInstanceTerminated",
                "The instances that were launched with this client token have been terminated.",
            )
        return answer

    def remember(self, region, action, params, answer):
        token = params.get("ClientToken")
        if token:
            ids = re.findall(r"<instanceId>(i-[0-9a-f]+)</instanceId>", answer[2].decode())
            self.tokens[region, action, token] = (params, answer, ids)

    # Launching.

    def instances(self, region):
        reservations = backend(region).reservations.values()
        return [instance for reservation in reservations for instance in reservation.instances]

    def template(self, region, params):
        """The id and the data of the launch template that a call names."""
        key = params.get("LaunchTemplate.LaunchTemplateId")
        if not key:
            return None, {}
        templates = backend(region).launch_templates
        if key not in templates:
            raise Refusal(
                "InvalidLaunchTemplateId.NotFound",
                f"The specified launch template, with template ID {key}, does not exist.",
            )
        version = params.get("LaunchTemplate.Version", "$Default")
        template = templates[key]
        known = {str(v.number) for v in template.versions} | {"$Default", "$Latest"}
        if version not in known:
            raise Refusal(
                "InvalidLaunchTemplateId.VersionNotFound",
                f"Could not find the specified version {version} for the launch template {key}.",
            )
        return key, template.get_version(version).data

    def launch(self, region, params):
        """Checks a RunInstances; returns the parameters that moto is to see."""
        _, data = self.template(region, params)
        kind = params.get("InstanceType") or data.get("InstanceType") or "m1.small"
        self.check_type(region, kind)
        image = params.get("ImageId") or data.get("ImageId")
        if not image:
            raise Refusal("MissingParameter", "The request must contain the parameter ImageId")
        if image not in {ami.id for ami in backend(region).describe_images()}:
            raise Refusal("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
        key = params.get("KeyName") or data.get("KeyName")
        if key and key not in backend(region).keypairs:
            raise Refusal("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist")
        fixes.LAUNCHING["group"] = self.group_of_launch(region, params)
        count = int(params.get("MaxCount", 1))
        market = params.get("InstanceMarketOptions.MarketType", "on-demand")
        if params.get("DryRun") == "true":
            return params
        self.check_quota(region, kind, market, count)
        return self.place(region, params, kind, market, count)

    def check_type(self, region, kind):
        offered = {o["InstanceType"] for o in INSTANCE_TYPE_OFFERINGS["region"].get(region, [])}
        if kind not in INSTANCE_TYPES:
            message = f"Invalid value '{kind}' for InstanceType."
            raise Refusal("InvalidParameterValue", message)
        if kind not in offered:
            message = "The requested configuration is currently not supported. Please check the documentation for supported configurations."
            raise Refusal("Unsupported", message)

    def group_of_launch(self, region, params):
        name, key = params.get("Placement.GroupName"), params.get("Placement.GroupId")
        if not name and not key:
            return None
        for group in self.groups.get(region, {}).values():
            if group["name"] == name or group["id"] == key:
                return group
        message = f"The Placement Group '{name or key}' is unknown."
        raise Refusal("InvalidPlacementGroup.Unknown", message)

    def quota(self, code):
        return float(self.quotas.get(code, ENOUGH))

    def running_vcpus(self, region, market, kind):
        counted = 0
        for instance in self.instances(region):
            is_as = instance_class(instance.instance_type) == kind
            if is_as and (instance.lifecycle or "on-demand") == market:
                if instance.state in ("pending", "running"):
                    counted += vcpus(instance.instance_type)
        return counted

    def check_quota(self, region, kind, market, count):
        wanted = (market, instance_class(kind))
        for code, bucket in QUOTAS.items():
            if bucket != wanted:
                continue
            limit = self.quota(code)
            used = self.running_vcpus(region, *bucket)
            if used + count * vcpus(kind) > limit:
                if market == "spot":
                    raise Refusal("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
                raise Refusal(
                    "VcpuLimitExceeded",
                    "You have requested more vCPU capacity than your current vCPU limit of "
                    f"{limit:.0f} allows for the instance bucket that the specified instance type "
                    "belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to "
                    "request an adjustment to this limit.",
                )

    def place(self, region, params, kind, market, count):
        """The parameters with a zone that has the capacity."""
        offerings = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, [])
        offering = sorted({o["Location"] for o in offerings if o["InstanceType"] == kind})
        subnet = params.get("SubnetId")
        asked = params.get("Placement.AvailabilityZone")
        if subnet:
            asked = backend(region).get_subnet(subnet).availability_zone
        known = {zone.name for zone in RegionsAndZonesBackend.zones[region]}
        if asked and asked not in known:
            raise Refusal("InvalidParameterValue", f"Invalid availability zone: [{asked}]")
        if asked and asked not in offering:
            raise Refusal(
                "Unsupported",
                f"Your requested instance type ({kind}) is not supported in your requested "
                f"Availability Zone ({asked}). Please retry your request by not specifying an "
                f"Availability Zone or choosing {', '.join(offering)}.",
            )
        zones = [asked] if asked else [zone for zone in offering if zone in known]
        for zone in zones:
            if self.free(region, zone, kind, market) >= count:
                return params if asked else {**params, "Placement.AvailabilityZone": zone}
        where = f"in the Availability Zone you requested ({asked})" if asked else "in this region"
        raise Refusal(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {kind} capacity {where}. Our system will be "
            "working on provisioning additional capacity.",
            500,
        )

    def free(self, region, zone, kind, market):
        """Machines that can still be had. A script gives limits on those that are there at a time."""
        names = {z.name: z.zone_id for z in RegionsAndZonesBackend.zones[region]}
        free = float("inf")
        for limit in self.capacity:
            is_here = limit.get("zone", "*") in ("*", zone, names.get(zone))
            forms = [("instance_type", kind), ("market", market), ("region", region)]
            if is_here and all(fnmatchcase(value, limit.get(name, "*")) for name, value in forms):
                there = [
                    i
                    for i in self.instances(region)
                    if i._placement.zone == zone
                    and fnmatchcase(i.instance_type, limit.get("instance_type", "*"))
                    and fnmatchcase(i.lifecycle or "on-demand", limit.get("market", "*"))
                    and i.state in ("pending", "running")
                ]
                free = min(free, limit["most"] - len(there))
        return free

    # What is in use isn't deleted.

    def check_unused_group(self, region, params):
        group = params.get("GroupId")
        for instance in self.instances(region):
            ids = {member.id for member in instance.security_groups}
            if instance.state != "terminated" and group in ids:
                message = f"resource {group} has a dependent object"
                raise Refusal("DependencyViolation", message)

    # Placement groups.

    def placement_groups(self, region, action, params):
        """The body of an answer about placement groups."""
        groups = self.groups.setdefault(region, {})
        if params.get("DryRun") == "true":
            message = "Request would have succeeded, but DryRun flag is set."
            raise Refusal("DryRunOperation", message, 412)
        if action == "CreatePlacementGroup":
            group = self.create_group(region, groups, params)
            return f"<placementGroup>{self.shown(region, group)}</placementGroup>"
        if action == "DeletePlacementGroup":
            self.delete_group(region, groups, params.get("GroupName"))
            return "<return>true</return>"
        found = self.select(region, groups, params)
        items = "".join(f"<item>{self.shown(region, group)}</item>" for group in found)
        return f"<placementGroupSet>{items}</placementGroupSet>"

    def create_group(self, region, groups, params):
        name = params.get("GroupName")
        if name in groups:
            message = f"The Placement Group '{name}' already exists."
            raise Refusal("InvalidPlacementGroup.Duplicate", message)
        strategy = params.get("Strategy", "cluster")
        if strategy not in ("cluster", "spread", "partition"):
            raise Refusal("InvalidParameterValue", f"Value ({strategy}) for strategy is invalid.")
        group = {"id": f"pg-{next(self.numbers):017x}", "name": name, "strategy": strategy}
        groups[name] = group
        for specification in tree(params, "TagSpecification"):
            tags = {tag["Key"]: tag.get("Value", "") for tag in tree(specification, "Tag")}
            backend(region).create_tags([group["id"]], tags)
        return group

    def delete_group(self, region, groups, name):
        if name not in groups:
            message = f"The Placement Group '{name}' is unknown."
            raise Refusal("InvalidPlacementGroup.Unknown", message)
        for instance in self.instances(region):
            if instance.state != "terminated" and instance._placement.group_name == name:
                message = f"The placement group '{name}' is in use and may not be deleted."
                raise Refusal("InvalidPlacementGroup.InUse", message)
        del groups[name]

    def select(self, region, groups, params):
        found = list(groups.values())
        for key in texts(params, "GroupId"):
            if not any(group["id"] == key for group in found):
                message = f"The Placement Group '{key}' is unknown."
                raise Refusal("InvalidPlacementGroup.Unknown", message)
        ids, names = texts(params, "GroupId"), texts(params, "GroupName")
        found = [g for g in found if (not ids or g["id"] in ids)]
        found = [g for g in found if (not names or g["name"] in names)]
        for condition in tree(params, "Filter"):
            values = [value for key, value in condition.items() if key.startswith("Value.")]
            name = condition["Name"]
            found = [g for g in found if self.value(region, g, name) in values]
        return found

    def value(self, region, group, name):
        if name.startswith("tag:"):
            return backend(region).tags.get(group["id"], {}).get(name[4:])
        return {"group-name": group["name"], "strategy": group["strategy"], "state": "available"}[
            name
        ]

    def shown(self, region, group):
        tags = backend(region).tags.get(group["id"], {})
        items = "".join(
            f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
            for key, value in tags.items()
        )
        return (
            f"<groupName>{escape(group['name'])}</groupName><groupId>{group['id']}</groupId>"
            f"<strategy>{group['strategy']}</strategy><state>available</state>"
            f"<tagSet>{items}</tagSet>"
        )


def vcpus(instance_type):
    return INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"]
