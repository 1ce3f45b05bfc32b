//! Three sensors, and what is known of their readings.

use std::fmt;
use std::time::Duration;

/// Each is read at a pace of its own, so that their readings arrive in no fixed pattern.
pub(crate) const SENSORS: [Sensor; 3] = [
    Sensor::new("indoor", 2, 7, 30),
    Sensor::new("outdoor", 3, 5, 45),
    Sensor::new("boiler", 5, 11, 90),
];

/// An imaginary sensor: reading number n is a value that can be computed, so that a summary can be
/// checked.
#[derive(Debug)]
pub(crate) struct Sensor {
    pub(crate) name: &'static str,
    pub(crate) period: Duration,
    step: u64,
    top: u64,
}

impl Sensor {
    const fn new(name: &'static str, milliseconds: u64, step: u64, top: u64) -> Self {
        Self {
            name,
            period: Duration::from_millis(milliseconds),
            step,
            top,
        }
    }

    /// Reading `number`, from 0 on: a saw that goes from 0 to the top in steps.
    pub(crate) fn read(&self, number: u64) -> u64 {
        number.wrapping_mul(self.step) % self.top
    }

    /// What reading `number` is called in a drawing: `i7` is a reading of the sensor `indoor`.
    pub(crate) fn name_of(&self, number: u64) -> String {
        format!("{}{number}", &self.name[..1])
    }
}

/// Of all readings of a sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) count: u64,
    sum: u64,
    /// The least and the greatest.
    range: Option<(u64, u64)>,
}

impl Summary {
    pub(crate) fn add(&mut self, value: u64) {
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.count += 1;
        self.sum += value;
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} readings", self.count)?;
        match self.range {
            Some((least, greatest)) => {
                write!(f, ", {least} to {greatest}, mean {}", self.sum / self.count)
            }
            None => Ok(()),
        }
    }
}
