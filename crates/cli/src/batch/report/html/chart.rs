//! Draws the money a day. The figures stand in a table beside it.

use std::io;

use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::money::{Day, Spent, eur};

/// More would push what failed off the first page. The table has all.
pub(super) const DAYS: usize = 14;

/// Of a phone; where there is more room, it is drawn larger.
const WIDTH: u32 = 344;

/// What is drawn of one amount: some of them still fit into a number.
const MOST: i64 = i64::MAX / 4;

// The style sheet finds these colours, and has others for a dark page.
const KINDS: [RGBColor; 2] = [RGBColor(0x2f, 0x6f, 0xb5), RGBColor(0xc0, 0x6c, 0x1d)];

/// The last days as bars, the oldest on top; nothing if nothing was charged.
pub(super) fn svg(spent: &Spent) -> io::Result<Option<String>> {
    let days: Vec<Day> = spent.days().into_iter().rev().take(DAYS).collect();
    if days.is_empty() {
        return Ok(None);
    }
    let mut svg = String::new();
    draw(&days, &mut svg).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Some(svg))
}

/// Whole numbers, millionths of a EUR: money is no float on its way to a picture, and no text.
fn millionths(amount: Decimal) -> i64 {
    let amount = amount.checked_mul(Decimal::from(1_000_000)).and_then(|it| it.to_i64());
    amount.unwrap_or(MOST).min(MOST)
}

fn draw(days: &[Day], svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let count = i32::try_from(days.len())?;
    let most = days.iter().map(|day| millionths(day.all())).max().unwrap_or_default().max(1);
    // With room for the figure at the end of the longest.
    let end = most + most / 2 + 1;
    // A day has two steps, and its name and figure stand in the middle.
    let middles: Vec<i32> = (0..count).map(|at| 2 * at + 1).collect();
    let size = (WIDTH, 48 + 30 * u32::try_from(count)?);
    let area = SVGBackend::with_string(svg, size).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin_right(8)
        .margin_top(4)
        .x_label_area_size(42)
        .y_label_area_size(92)
        .build_cartesian_2d(0..end, (0..2 * count).with_key_points(middles))?;
    let label = ("sans-serif", 16).into_font();
    let name = |at: &i32| usize::try_from(at / 2).ok().and_then(|at| days.get(at));
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(4)
        .y_labels(days.len())
        .label_style(label.clone())
        .x_desc("EUR")
        .axis_desc_style(label.clone())
        .x_label_formatter(&|amount| Decimal::new(*amount, 6).normalize().to_string())
        .y_label_formatter(&|at| name(at).map(|day| day.name.clone()).unwrap_or_default())
        .draw()?;
    for (at, day) in (0..).zip(days) {
        let mut from = 0;
        for (amount, colour) in day.kinds.into_iter().zip(KINDS) {
            let to = from + millionths(amount);
            let corners = [(from, 2 * at), (to, 2 * at + 2)];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(5, 5, 0, 0);
            if to > from {
                chart.draw_series([bar])?;
            }
            from = to;
        }
        let style = TextStyle::from(label.clone()).pos(Pos::new(HPos::Left, VPos::Center));
        let place = EmptyElement::at((from, 2 * at + 1));
        chart.draw_series([place + Text::new(eur(day.all()), (4, 0), style)])?;
    }
    area.present()?;
    Ok(())
}
