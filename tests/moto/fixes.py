"""What moto 5.2 answers otherwise than EC2 does, put right in its own classes.

Each fix says what is wrong without it. The layer loads them before it starts.
"""

import time
from datetime import datetime, timedelta, timezone
from functools import wraps

from moto.core.types import Base64EncodedString
from moto.ec2 import utils
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState, MetadataOptions
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.instances import InstanceResponse

# How long an instance is `pending` and `shutting-down`, in seconds. The layer sets them.
TIMES = {"pending": 0.0, "shutting_down": 0.0}


def install():
    """Puts all fixes in place. Once."""
    tags_of_templates()
    user_data_of_versions()
    reservation_filter()
    contents_of_templates()
    placement_groups_of_instances()
    states_that_take_time()
    tags_of_placement_groups()
    images_of_today()
    dates_of_images()


def tags_of_templates():
    """DescribeLaunchTemplates shows the tags that a template was created with, for ever."""
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, _: None)


def user_data_of_versions():
    """Launching from a second version with user data fails: only that of the first is parsed."""
    create = LaunchTemplate.create_version

    def create_version(self, data, description):
        user_data = data.get("UserData")
        if user_data is not None and not isinstance(user_data, Base64EncodedString):
            data["UserData"] = utils.parse_user_data(user_data)
        return create(self, data, description)

    LaunchTemplate.create_version = create_version


def reservation_filter():
    """DescribeInstances doesn't know the filter `reservation-id`."""
    utils.filter_dict_attribute_mapping["reservation-id"] = "reservation_id"


def contents_of_templates():
    """RunInstances doesn't take disks, metadata options and the shutdown behaviour from a template."""
    run = InstanceBackend.run_instances

    @wraps(run)
    def run_instances(self, image_id, count, user_data, security_group_names, **kwargs):
        data = {}
        if kwargs.get("launch_template"):
            data = self._get_template_from_args(kwargs["launch_template"]).data
        for name, key in [
            ("block_device_mappings", "BlockDeviceMappings"),
            ("metadata_options", "MetadataOptions"),
            ("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior"),
        ]:
            if not kwargs.get(name) and data.get(key):
                kwargs[name] = data[key]
        for mapping in kwargs.get("block_device_mappings") or []:
            for name in ("VolumeSize", "Iops", "Throughput"):
                if name in mapping.get("Ebs", {}):
                    mapping["Ebs"][name] = int(mapping["Ebs"][name])
        reservation = run(self, image_id, count, user_data, security_group_names, **kwargs)
        for instance in reservation.instances:
            instance.reservation_id = reservation.id
            instance.metadata_options = MetadataOptions(kwargs.get("metadata_options") or {})
        return reservation

    InstanceBackend.run_instances = run_instances


def placement_groups_of_instances():
    """Instances have no placement group. The layer knows the groups, and gives the one that is meant."""
    run = InstanceResponse.run_instances

    def run_instances(self):
        result = run(self)
        group = LAUNCHING.get("group")
        for instance in result.result.instances if group else []:
            instance._placement.group_name = group["name"]
            instance._placement.group_id = group["id"]
        return result

    InstanceResponse.run_instances = run_instances


# The placement group of the launch that is under way; launches are made one at a time.
LAUNCHING = {}


def states_that_take_time():
    """An instance is running at once and terminated at once."""
    terminate = Instance.terminate
    create = Instance.__init__

    @wraps(create)
    def init(self, *args, **kwargs):
        self.born = time.monotonic()
        create(self, *args, **kwargs)

    @wraps(terminate)
    def ended(self):
        if getattr(self, "ended", None) is None:
            self.ended = time.monotonic()
        return terminate(self)

    def shown(self):
        now, state = time.monotonic(), self._state
        if state.name == "running" and now < self.born + TIMES["pending"]:
            return InstanceState("pending", 0)
        if state.name == "terminated":
            if now < (getattr(self, "ended", None) or 0) + TIMES["shutting_down"]:
                return InstanceState("shutting-down", 32)
        return state

    Instance.__init__ = init
    Instance.terminate = ended
    Instance.instance_state = property(shown)
    Instance.state = property(lambda self: shown(self).name)
    Instance.state_code = property(lambda self: shown(self).code)


def tags_of_placement_groups():
    """CreateTags refuses identifiers of placement groups."""
    utils.EC2_RESOURCE_TO_PREFIX["placement-group"] = "pg"
    utils.EC2_PREFIX_TO_RESOURCE["pg"] = "placement-group"


# Images that plans begin with: of each, one that is older and one that is newer. Names as Amazon
# gives them; identifiers and dates are made up.
IMAGES = [
    ("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) {}", "x86_64", "/dev/sda1"),
    ("Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) {}", "arm64", "/dev/sda1"),
]


def images_of_today():
    """The images for GPU machines in moto's table are of 2017, and the ones that plans name aren't there."""
    load = AmiBackend._load_amis

    def load_amis(self):
        load(self)
        for number, (name, architecture, root) in enumerate(IMAGES):
            for day in ("20260901", "20261101"):
                ami_id = f"ami-{number:08x}{day}0"
                self.amis[ami_id] = Ami(
                    self,
                    ami_id,
                    name=name.format(day),
                    owner_id="898082745236",
                    owner_alias="amazon",
                    architecture=architecture,
                    root_device_name=root,
                    virtualization_type="hvm",
                    hypervisor="xen",
                    public=True,
                    creation_date=datetime.strptime(day, "%Y%m%d").replace(tzinfo=timezone.utc),
                )

    AmiBackend._load_amis = load_amis


def dates_of_images():
    """Dates of images have whole seconds, so that of two made in one second none is the newer."""
    create = AmiBackend.create_image

    @wraps(create)
    def create_image(self, *args, **kwargs):
        ami = create(self, *args, **kwargs)
        own = [other for other in self.amis.values() if other.owner_id == ami.owner_id]
        others = [other.creation_date for other in own if other is not ami]
        ami.creation_date = max([ami.creation_date, *(o + timedelta(seconds=1) for o in others)])
        return ami

    AmiBackend.create_image = create_image
