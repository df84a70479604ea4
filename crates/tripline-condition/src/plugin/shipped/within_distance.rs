//! `WithinDistance`: how far two places on the globe are apart.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_event::FieldId;

use super::{check_path, number};
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};
use crate::{Binder, Condition, Context, Truth};

/// The mean radius of the earth, in km.
const RADIUS_KM: f64 = 6_371.008_8;

pub(super) struct WithinDistance;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field with the latitude in degrees, north positive.
    latitude_field: String,
    /// The path of the field with the longitude in degrees, east positive.
    longitude_field: String,
    /// The latitude of the centre, in degrees.
    #[schemars(range(min = -90.0, max = 90.0))]
    latitude: f64,
    /// The longitude of the centre, in degrees.
    #[schemars(range(min = -180.0, max = 180.0))]
    longitude: f64,
    /// How far away the place may be, in km; inclusive.
    #[schemars(range(min = 0.0))]
    km: f64,
}

#[derive(Debug)]
struct Circle {
    latitude: FieldId,
    longitude: FieldId,
    /// In radians.
    centre: (f64, f64),
    km: f64,
}

impl Condition for Circle {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let place = (number(context, self.latitude), number(context, self.longitude));
        let (Some(latitude), Some(longitude)) = place else { return Truth::Unknown };
        if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
            return Truth::Unknown;
        }
        let place = (latitude.to_radians(), longitude.to_radians());
        Truth::from(distance_km(self.centre, place) <= self.km)
    }
}

/// The way over the surface of a sphere, by the haversine formula:
/// `2 r asin(√(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)))`; the earth is no sphere, so half a percent may be amiss.
fn distance_km((latitude, longitude): (f64, f64), other: (f64, f64)) -> f64 {
    let half = |difference: f64| (difference / 2.0).sin().powi(2);
    let haversine =
        half(other.0 - latitude) + latitude.cos() * other.0.cos() * half(other.1 - longitude);
    2.0 * RADIUS_KM * haversine.min(1.0).sqrt().asin()
}

impl ConditionPlugin for WithinDistance {
    type Parameters = Parameters;
    const NAME: &'static str = "WithinDistance";
    const DESCRIPTION: &'static str = "holds if a place on the globe is near another";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "Potsdam is 27 km from the centre of Berlin",
            r#"{"latitude_field": "lat", "longitude_field": "lon", "latitude": 52.52, "longitude": 13.405, "km": 30}"#,
            r#"{"ts": 1, "lat": 52.39, "lon": 13.06}"#,
        ),
        Example::fails(
            "Hamburg is 255 km away",
            r#"["lat", "lon", "52.52", "13.405", "200"]"#,
            r#"{"ts": 1, "lat": 53.55, "lon": 9.99}"#,
        ),
        Example::holds(
            "over the line where the date changes",
            r#"["lat", "lon", 0, 179.9, 30]"#,
            r#"{"ts": 1, "lat": 0, "lon": -179.9}"#,
        ),
        Example::unknown(
            "there is no such latitude",
            r#"["lat", "lon", 0, 0, 30]"#,
            r#"{"ts": 1, "lat": 91, "lon": 0}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/latitude_field", &told.latitude_field)?;
        check_path("/longitude_field", &told.longitude_field)?;
        Ok(PluginCondition::of_event(Circle {
            latitude: binder.field(&told.latitude_field),
            longitude: binder.field(&told.longitude_field),
            centre: (told.latitude.to_radians(), told.longitude.to_radians()),
            km: told.km,
        }))
    }
}
