# Reads what the training stage of examples/aws-training has, as a second client beside boto3.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
}

data "aws_instances" "train" {
  instance_tags        = { mlinfra-stage = "train" }
  instance_state_names = ["running"]
}

data "aws_instance" "train" {
  for_each    = toset(data.aws_instances.train.ids)
  instance_id = each.key
}

data "aws_launch_template" "train" {
  tags = { mlinfra-stage = "train" }
}

data "aws_security_group" "train" {
  tags = { mlinfra-stage = "train" }
}

output "train" {
  value = {
    nodes = [for node in values(data.aws_instance.train) : {
      type     = node.instance_type
      zone     = node.availability_zone
      group    = node.placement_group
      metadata = node.metadata_options[0].http_tokens
      security = tolist(node.vpc_security_group_ids) == tolist([data.aws_security_group.train.id])
    }]
    template = {
      default  = data.aws_launch_template.train.default_version
      disk     = data.aws_launch_template.train.block_device_mappings[0].ebs[0].volume_size
      metadata = data.aws_launch_template.train.metadata_options[0].http_tokens
      security = data.aws_launch_template.train.vpc_security_group_ids == toset([data.aws_security_group.train.id])
    }
  }
}
