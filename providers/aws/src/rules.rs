//! The rules of a security group: from the spec's form into EC2's and back.
//!
//! EC2 keeps them as a set. The order of the spec is kept in a tag, so that it is read back as well.

use std::net::{Ipv4Addr, Ipv6Addr};

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroup, UserIdGroupPair,
};
use mlinfra_provider_api::{Attributes, ProviderError};
use serde_json::{Map, Value, json};

use crate::kinds::invalid;

/// What may come in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`; `-1` for all.
    protocol: String,
    /// The first and the last port; `None` for all protocols.
    ports: Option<(i32, i32)>,
    source: Source,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The members of the group itself.
    Itself,
    /// Addresses, in the form that EC2 gives them.
    Cidr(String),
    /// Members of another group. Never asked for here.
    Group(String),
    /// A prefix list. Never asked for here.
    PrefixList(String),
}

/// A group has 60 rules unless the quota was raised; the tag for the order holds no more.
const MOST: usize = 60;

/// The rules of a spec, in its order; none without the attribute.
///
/// # Errors
///
/// `Invalid` for a rule that isn't one, or that is there twice.
pub(crate) fn wanted(attributes: &Attributes) -> Result<Vec<Rule>, ProviderError> {
    let values = attributes.get("rules").and_then(Value::as_array);
    let rules: Result<Vec<Rule>, String> = values.into_iter().flatten().map(rule).collect();
    let rules = rules.map_err(|message| invalid("rules", message))?;
    if rules.len() > MOST {
        let message = format!("a security group can't have more than {MOST} rules");
        return Err(invalid("rules", message));
    }
    let twice = rules
        .iter()
        .enumerate()
        .find(|(at, rule)| rules[..*at].contains(rule));
    match twice {
        Some((_, rule)) => Err(invalid("rules", format!("{} is there twice", json(rule)))),
        None => Ok(rules),
    }
}

fn rule(value: &Value) -> Result<Rule, String> {
    let fields = value.as_object().ok_or(format!("{value} is no rule"))?;
    let known = ["protocol", "from_port", "to_port", "cidr", "self"];
    if let Some(name) = fields.keys().find(|name| !known.contains(&&***name)) {
        return Err(format!("a rule has no `{name}`"));
    }
    let protocol = fields.get("protocol").and_then(Value::as_str);
    let protocol = protocol.ok_or(format!("{value} has no protocol"))?;
    let source = match (fields.get("cidr"), fields.get("self")) {
        (Some(Value::String(cidr)), None) => Source::Cidr(canonical(cidr)?),
        (None, Some(Value::Bool(true))) => Source::Itself,
        _ => return Err(format!("{value} needs either `cidr` or `\"self\": true`")),
    };
    Ok(Rule {
        protocol: protocol.to_owned(),
        ports: ports(protocol, fields)?,
        source,
    })
}

fn ports(protocol: &str, fields: &Map<String, Value>) -> Result<Option<(i32, i32)>, String> {
    let (from, to) = (fields.get("from_port"), fields.get("to_port"));
    let lowest = match protocol {
        "-1" if from.is_none() && to.is_none() => return Ok(None),
        "-1" => return Err("a rule for all protocols has no ports".to_owned()),
        "tcp" | "udp" => 0,
        // Types of messages, of which -1 is any.
        "icmp" | "icmpv6" => -1,
        other => return Err(format!("`{other}` isn't tcp, udp, icmp, icmpv6 or -1")),
    };
    let port = |value: Option<&Value>| {
        let port = value.and_then(Value::as_i64);
        let port = port.filter(|port| (lowest..=65_535).contains(port));
        port.and_then(|port| i32::try_from(port).ok())
    };
    match (port(from), port(to)) {
        (Some(from), Some(to)) if from <= to || lowest < 0 => Ok(Some((from, to))),
        _ => Err(format!(
            "a rule for {protocol} needs `from_port` and `to_port`"
        )),
    }
}

/// The addresses as they were written, if that is how EC2 writes them.
fn canonical(cidr: &str) -> Result<String, String> {
    let wrong = || format!("`{cidr}` isn't addresses such as 10.0.0.0/8");
    let (address, bits) = cidr.split_once('/').ok_or_else(wrong)?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    let form = if let Ok(address) = address.parse::<Ipv4Addr>() {
        let mask = 32_u32.checked_sub(bits).ok_or_else(wrong)?;
        let mask = u32::MAX.checked_shl(mask).unwrap_or(0);
        Ipv4Addr::from_bits(address.to_bits() & mask).to_string()
    } else {
        let address: Ipv6Addr = address.parse().map_err(|_| wrong())?;
        let mask = 128_u32.checked_sub(bits).ok_or_else(wrong)?;
        let mask = u128::MAX.checked_shl(mask).unwrap_or(0);
        Ipv6Addr::from_bits(address.to_bits() & mask).to_string()
    };
    let form = format!("{form}/{bits}");
    if form == cidr {
        return Ok(form);
    }
    Err(format!("`{cidr}` is written as `{form}`"))
}

fn json(rule: &Rule) -> Value {
    let mut value = json!({"protocol": rule.protocol});
    if let Some((from, to)) = rule.ports {
        value["from_port"] = from.into();
        value["to_port"] = to.into();
    }
    let (name, source) = match &rule.source {
        Source::Itself => ("self", true.into()),
        Source::Cidr(cidr) => ("cidr", cidr.as_str().into()),
        Source::Group(group) => ("group", group.as_str().into()),
        Source::PrefixList(list) => ("prefix_list", list.as_str().into()),
    };
    value[name] = source;
    value
}

/// The rules that a group has, sorted.
pub(crate) fn of(group: &SecurityGroup) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for permission in group.ip_permissions() {
        let protocol = permission.ip_protocol().unwrap_or("-1");
        let ports = permission.from_port().zip(permission.to_port());
        let ports = ports.filter(|_| protocol != "-1");
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let v4 = permission
            .ip_ranges()
            .iter()
            .map(|range| Source::Cidr(text(range.cidr_ip())));
        let v6 = permission.ipv6_ranges().iter();
        let v6 = v6.map(|range| Source::Cidr(text(range.cidr_ipv6())));
        let pairs = permission.user_id_group_pairs().iter().map(|pair| {
            if pair.group_id() == group.group_id() {
                Source::Itself
            } else {
                Source::Group(text(pair.group_id()))
            }
        });
        let lists = permission.prefix_list_ids().iter();
        let lists = lists.map(|list| Source::PrefixList(text(list.prefix_list_id())));
        rules.extend(v4.chain(v6).chain(pairs).chain(lists).map(|source| Rule {
            protocol: protocol.to_owned(),
            ports,
            source,
        }));
    }
    rules.sort();
    rules
}

/// A rule in EC2's form, for the group of that identifier.
pub(crate) fn permission(rule: &Rule, group: &str) -> IpPermission {
    let permission = IpPermission::builder()
        .ip_protocol(&rule.protocol)
        .set_from_port(rule.ports.map(|(from, _)| from))
        .set_to_port(rule.ports.map(|(_, to)| to));
    let pair = |group: &str| UserIdGroupPair::builder().group_id(group).build();
    let permission = match &rule.source {
        Source::Itself => permission.user_id_group_pairs(pair(group)),
        Source::Group(other) => permission.user_id_group_pairs(pair(other)),
        Source::Cidr(cidr) if cidr.contains(':') => {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).build())
        }
        Source::Cidr(cidr) => permission.ip_ranges(IpRange::builder().cidr_ip(cidr).build()),
        Source::PrefixList(list) => {
            permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).build())
        }
    };
    permission.build()
}

/// The order of rules, as a tag: the place of each in the sorted ones; `None` if they are sorted.
pub(crate) fn order(rules: &[Rule]) -> Option<String> {
    if rules.is_sorted() {
        return None;
    }
    let place = |rule: &Rule| {
        rules
            .iter()
            .filter(|other| *other < rule)
            .count()
            .to_string()
    };
    Some(rules.iter().map(place).collect::<Vec<_>>().join("."))
}

/// The attribute of sorted rules, in the order that a tag says if it is one of them.
pub(crate) fn attribute(sorted: &[Rule], order: Option<&str>) -> Value {
    let places = order.and_then(|order| {
        let places = order.split('.').map(|place| place.parse().ok());
        let places: Vec<usize> = places.collect::<Option<_>>()?;
        let mut all = places.clone();
        all.sort_unstable();
        all.into_iter().eq(0..sorted.len()).then_some(places)
    });
    match places {
        Some(places) => places
            .iter()
            .filter_map(|place| sorted.get(*place))
            .map(json)
            .collect(),
        None => sorted.iter().map(json).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(value: Value) -> Result<Vec<Rule>, ProviderError> {
        wanted(&Attributes::from([("rules".to_owned(), value)]))
    }

    #[track_caller]
    fn refused(rule: Value, message: &str) {
        let error = rules(json!([rule])).unwrap_err();
        assert_eq!(error.message, message);
    }

    #[test]
    fn rules_are_read_back_in_their_order() {
        let written = json!([
            {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "::/0"},
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8"},
            {"protocol": "icmp", "from_port": -1, "to_port": -1, "cidr": "0.0.0.0/0"},
            {"protocol": "-1", "self": true},
        ]);
        let rules = rules(written.clone()).unwrap();
        let order = order(&rules);
        let mut sorted = rules;
        sorted.sort();
        assert_eq!(attribute(&sorted, order.as_deref()), written);
    }

    #[test]
    fn an_order_that_is_of_other_rules_is_not_taken() {
        let written = json!([{"protocol": "-1", "self": true}]);
        let sorted = rules(written.clone()).unwrap();
        assert_eq!(order(&sorted), None);
        for wrong in ["1.0", "1", "", "0.0", "x"] {
            assert_eq!(attribute(&sorted, Some(wrong)), written, "{wrong}");
        }
    }

    #[test]
    fn rules_that_ec2_would_change_or_refuse_are_refused() {
        let all = |cidr: &str| json!({"protocol": "-1", "cidr": cidr});
        refused(all("10.1.2.3/8"), "`10.1.2.3/8` is written as `10.0.0.0/8`");
        refused(all("fd00:0::/8"), "`fd00:0::/8` is written as `fd00::/8`");
        refused(
            all("10.0.0.0/33"),
            "`10.0.0.0/33` isn't addresses such as 10.0.0.0/8",
        );
        refused(
            all("anywhere"),
            "`anywhere` isn't addresses such as 10.0.0.0/8",
        );
        assert!(rules(json!([all("0.0.0.0/0"), all("::/0"), all("1.2.3.4/32")])).is_ok());
        let ports = |from: i64, to: i64| json!({"protocol": "tcp", "from_port": from, "to_port": to, "self": true});
        refused(
            ports(2, 1),
            "a rule for tcp needs `from_port` and `to_port`",
        );
        refused(
            ports(0, 65_536),
            "a rule for tcp needs `from_port` and `to_port`",
        );
        let ports = json!({"protocol": "-1", "from_port": 1, "to_port": 1, "self": true});
        refused(ports, "a rule for all protocols has no ports");
        let protocol = json!({"protocol": "sctp", "self": true});
        refused(protocol, "`sctp` isn't tcp, udp, icmp, icmpv6 or -1");
        refused(
            json!({"protocol": "-1", "self": true, "x": 1}),
            "a rule has no `x`",
        );
        let rule = json!({"protocol": "-1", "self": true});
        let twice = rules(json!([rule, rule])).unwrap_err();
        assert_eq!(
            twice.message,
            r#"{"protocol":"-1","self":true} is there twice"#
        );
    }
}
