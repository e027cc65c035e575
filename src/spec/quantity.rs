//! Numbers and quantities with units: how each is written and within which range.

use super::convert::{Converter, Spot};
use super::number::Number;
use super::schema::Kind;
use super::suggest;
use super::typed::Typed;
use super::value::Value;
use crate::diagnostics::{Diagnostic, Hint, spec};
use crate::units::{Bytes, Duration, Millionths, Money, Parameters, Rate, UnitError};

/// One way to write a quantity.
struct Form<T> {
    /// What is wanted, with an example.
    wanted: &'static str,
    /// What can be represented, as a sentence: told of what is too large or too fine.
    range: &'static str,
    parse: fn(&str) -> Result<T, UnitError>,
}

const NUMBER: Form<Millionths> = Form {
    wanted: "a number",
    range: "Such a number goes from 0 to 18,446,744,073,709 with at most six decimals.",
    parse: Millionths::parse,
};
const RATE: Form<Rate> = Form {
    wanted: "USD, e.g. 1.90",
    range: "A rate goes from 0 to USD 18,446,744 with at most twelve decimals.",
    parse: Rate::parse,
};
const MONEY: Form<Money> = Form {
    wanted: "USD, e.g. 12000",
    range: "An amount goes from 0 to USD 10^25 with at most six decimals.",
    parse: Money::parse,
};
const BYTES: Form<Bytes> = Form {
    wanted: "a size, e.g. \"600GiB\"",
    range: "A size is below 16384PiB.",
    parse: Bytes::parse,
};
const DURATION: Form<Duration> = Form {
    wanted: "a duration, e.g. \"3h\"",
    range: "A duration is at most 213503982334d.",
    parse: Duration::parse,
};
const INTERVAL: Form<Duration> = Form {
    wanted: "a duration or \"auto\"",
    ..DURATION
};
const PARAMETERS: Form<Parameters> = Form {
    wanted: "a number of parameters, e.g. \"7B\"",
    range: "A number of parameters is at most 18446744T.",
    parse: Parameters::parse,
};

impl Converter<'_, '_> {
    /// A number or a quantity of the kinds that are one.
    pub(super) fn measured(&self, kind: &Kind, value: &Value, spot: &Spot<'_>) -> Option<Typed> {
        let number = || self.read(&NUMBER, value, spot);
        let bytes = || self.read(&BYTES, value, spot);
        let duration = || self.read(&DURATION, value, spot);
        match kind {
            Kind::Positive => self.above_zero(number()?, spot).map(Typed::Number),
            Kind::Share | Kind::Discount | Kind::Probability => {
                self.share(kind, number()?, spot).map(Typed::Number)
            }
            Kind::Rate => self.read(&RATE, value, spot).map(Typed::Rate),
            Kind::Money => self.read(&MONEY, value, spot).map(Typed::Money),
            Kind::Bytes => bytes().map(Typed::Bytes),
            Kind::PositiveBytes => self.above_zero(bytes()?, spot).map(Typed::Bytes),
            Kind::Duration => duration().map(Typed::Duration),
            Kind::PositiveDuration => self.above_zero(duration()?, spot).map(Typed::Duration),
            Kind::Parameters => {
                let parameters = self.read(&PARAMETERS, value, spot)?;
                self.above_zero(parameters.get(), spot)?;
                Some(Typed::Parameters(parameters))
            }
            _ => None,
        }
    }

    /// A duration above zero, where a word may stand for one as well.
    pub(super) fn interval_of_time(&self, value: &Value, spot: &Spot<'_>) -> Option<Duration> {
        self.above_zero(self.read(&INTERVAL, value, spot)?, spot)
    }

    fn above_zero<T: Default + PartialEq>(&self, value: T, spot: &Spot<'_>) -> Option<T> {
        if value == T::default() {
            return self.out_of_range(spot, "It must be above 0.");
        }
        Some(value)
    }

    fn share(&self, kind: &Kind, share: Millionths, spot: &Spot<'_>) -> Option<Millionths> {
        let (zero, one, range) = match kind {
            Kind::Discount => (
                true,
                false,
                "A discount is a share from 0 to below 1, e.g. 0.27 for 27 %.",
            ),
            Kind::Probability => (
                false,
                false,
                "A probability is above 0 and below 1, e.g. 0.99 for 99 %.",
            ),
            _ => (
                true,
                true,
                "A share is written from 0 to 1, e.g. 0.27 for 27 %.",
            ),
        };
        let within = share < Millionths::ONE || (one && share == Millionths::ONE);
        if !within || (!zero && share == Millionths::default()) {
            return self.out_of_range(spot, range);
        }
        Some(share)
    }

    /// A number, or a string that is read in the same way.
    fn read<T>(&self, form: &Form<T>, value: &Value, spot: &Spot<'_>) -> Option<T> {
        match value {
            Value::Number(number) if *number < Number::ZERO => {
                self.out_of_range(spot, &format!("It must not be below 0; it is {number}."))
            }
            Value::Number(_) | Value::Text(_) => {
                let text = self.text(value, spot, form.wanted)?;
                let read = (form.parse)(&text);
                read.map_or_else(|error| self.misread(form, &error, spot), Some)
            }
            other => self.wrong_type(other, spot, form.wanted),
        }
    }

    fn misread<T>(&self, form: &Form<T>, error: &UnitError, spot: &Spot<'_>) -> Option<T> {
        let (code, detail) = match error {
            UnitError::OutOfRange { .. } | UnitError::TooPrecise { .. } => {
                (&spec::OUT_OF_RANGE, format!("{error}. {}", form.range))
            }
            _ => (&spec::INVALID_UNIT, format!("{error}.")),
        };
        let mut diagnostic = Diagnostic::error(code).at(spot.at).detail(detail);
        if let UnitError::UnknownUnit { unit, known } = error {
            let known = known
                .split([',', ' '])
                .filter(|w| !w.is_empty() && *w != "and");
            let same = known.clone().find(|k| k.eq_ignore_ascii_case(unit));
            let near = same.or_else(|| suggest::nearest(unit, known));
            diagnostic
                .hints
                .extend(near.map(|n| Hint::Text(format!("did you mean `{n}`?"))));
        }
        self.report(diagnostic, spot)
    }
}
