//! The results as SVG.

use std::path::Path;

use anyhow::Context;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::report::groups::{FLOOR, Group};
use crate::report::results::{Figure, Row, number};
use crate::report::table::{percent, time};

const OURS: RGBColor = RGBColor(31, 111, 160);
const BASELINE: RGBColor = RGBColor(196, 78, 60);
const OTHERS: RGBColor = RGBColor(150, 158, 168);
const LIGHT: RGBColor = RGBColor(214, 219, 224);
const FONT: &str = "sans-serif";

type Area<'p> = DrawingArea<SVGBackend<'p>, Shift>;

/// Draws the picture of a group: bars, or a curve.
pub(crate) fn draw(path: &Path, group: &Group, rows: &[Row]) -> anyhow::Result<()> {
    let size = if group.curve {
        (860, 480)
    } else {
        (860, height(rows))
    };
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    if group.curve {
        curve(&area, group, rows)?;
    } else {
        bars(&area, group, rows)?;
    }
    // Otherwise an error would be met while it is dropped, and be a panic.
    area.present().context("cannot write")
}

fn color(group: &Group, case: &str) -> RGBColor {
    match case {
        FLOOR => LIGHT,
        case if group.ours.contains(&case) => OURS,
        case if case == group.baseline => BASELINE,
        _ => OTHERS,
    }
}

const TOP: i32 = 44;
const LINE: i32 = 20;
const GAP: i32 = 30;

fn height(rows: &[Row]) -> u32 {
    let scenarios = rows.chunk_by(|a, b| a.scenario == b.scenario).count();
    let pixels = |count: usize, each: i32| i32::try_from(count).unwrap_or(0) * each;
    (TOP + pixels(rows.len(), LINE) + pixels(scenarios, GAP) + 10).unsigned_abs()
}

/// A block for each scenario, in which the longest bar is as long as there is room.
fn bars(area: &Area<'_>, group: &Group, rows: &[Row]) -> anyhow::Result<()> {
    let (left, room) = (200, 520);
    let what = if group.item.is_empty() {
        "error".to_owned()
    } else {
        format!("time per {}", group.item)
    };
    let title = format!("{}: {what}, shorter is better", group.name);
    text(area, &title, (10, 8), 21, BLACK)?;
    text(
        area,
        "blue: this workspace; red: the baseline; light: the floor",
        (10, 30),
        15,
        OTHERS,
    )?;
    let mut y = TOP;
    for block in rows.chunk_by(|a, b| a.scenario == b.scenario) {
        text(area, &block[0].scenario, (10, y + 12), 17, BLACK)?;
        y += GAP;
        let longest = block
            .iter()
            .map(|row| row.figure.size())
            .fold(0.0, f64::max);
        for row in block {
            #[expect(clippy::cast_possible_truncation, reason = "it is at most `room`")]
            let length = (row.figure.size() / longest * f64::from(room)).round() as i32;
            let fill = color(group, &row.case).filled();
            area.draw(&Rectangle::new(
                [(left, y + 2), (left + length.max(1), y + LINE - 2)],
                fill,
            ))?;
            text(area, &row.case, (24, y + 4), 16, BLACK)?;
            let figure = match row.figure {
                Figure::Time(own) => time(own.median),
                Figure::Error(error) => percent(error),
            };
            text(area, &figure, (left + length + 8, y + 4), 16, BLACK)?;
            y += LINE;
        }
    }
    Ok(())
}

fn text(
    area: &Area<'_>,
    text: &str,
    at: (i32, i32),
    size: i32,
    color: RGBColor,
) -> anyhow::Result<()> {
    Ok(area.draw(&Text::new(text, at, (FONT, size).into_font().color(&color)))?)
}

/// A line for each case, over the numbers that its scenarios are. Both axes are logarithmic.
fn curve(area: &Area<'_>, group: &Group, rows: &[Row]) -> anyhow::Result<()> {
    let numbers = rows.iter().map(|row| f64::from(number(&row.scenario)));
    let times = rows.iter().map(|row| row.figure.size());
    let (first, last) = numbers.fold((f64::MAX, 0.0), |(a, b), x| (a.min(x), x.max(b)));
    let (least, most) = times.fold((f64::MAX, 0.0), |(a, b): (f64, f64), y| {
        (a.min(y), b.max(y))
    });
    // An axis needs some length, also for a single result.
    let (across, up) = (first..last.max(first * 10.0), least / 1.5..most * 1.5);
    let mut chart = ChartBuilder::on(area)
        .caption(
            format!("{}: time per {}", group.name, group.item),
            (FONT, 21),
        )
        .margin(12)
        .margin_right(36) // For the last label, which stands half beside the axis.
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(across.log_scale(), up.log_scale())?;
    chart
        .configure_mesh()
        .x_desc(group.scenario)
        .label_style((FONT, 15))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| time(*y))
        .draw()?;

    let mut cases: Vec<&str> = rows.iter().map(|row| row.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    for (id, case) in cases.into_iter().enumerate() {
        let color = if case == group.baseline {
            BASELINE.into()
        } else {
            Palette99::pick(id).to_rgba()
        };
        let mut points: Vec<(f64, f64)> = rows
            .iter()
            .filter(|row| row.case == case)
            .map(|row| (f64::from(number(&row.scenario)), row.figure.size()))
            .collect();
        // A case that has no scenarios is a level.
        if let [(_, level)] = points[..] {
            points.push((last, level));
        }
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(case)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        // The curves fall from the upper left to the lower right.
        .position(SeriesLabelPosition::LowerLeft)
        .label_font((FONT, 16))
        .background_style(WHITE)
        .border_style(LIGHT)
        .draw()?;
    Ok(())
}
