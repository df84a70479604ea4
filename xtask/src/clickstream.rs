//! `cargo xtask clickstream`: shop events in time order, one JSON object a line, the same for the same seed.
//!
//! Users come in sessions: about eight events, half a minute apart.
//! Most look at one category at a time, come back to a product now and then at a changed price, and put some of what
//! they saw into the cart: 90 % views, 6 % carts, 3 % purchases, 1 % removals, over about three days however many
//! events there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;

const CATEGORIES: [&str; 12] = [
    "electronics.smartphone",
    "electronics.audio",
    "computers.notebook",
    "appliances.kitchen",
    "apparel.shoes",
    "furniture.living",
    "auto.tires",
    "sport.bicycle",
    "kids.toys",
    "construction.tools",
    "stationery.paper",
    "medicine.tools",
];
const BRANDS: [&str; 10] =
    ["acme", "nordic", "lumo", "vega", "orbit", "kite", "terra", "quill", "mono", "pico"];
const PRODUCTS: usize = 5000;
const START_MS: u64 = 1_700_000_000_000;
const SPAN_MS: f64 = 3.0 * 86_400_000.0;
/// Events of a session, on average.
const SESSION_LEN: f64 = 8.0;
/// Between two events of a session, on average, and at least.
const PAUSE_MS: f64 = 30_000.0;
const MIN_PAUSE_MS: u64 = 500;
/// What a price becomes when a product is looked at again, in percent.
const PRICE_CHANGES: [u64; 5] = [90, 95, 100, 100, 105];

/// Write a click stream of a shop.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How many users there are
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// How many events to write
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Another seed gives other events
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write; the standard output if absent
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write rows of the table `click_stream` (examples/ecommerce), so many a second
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    rows_per_second: Option<u64>,
}

/// Runs the command.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let out: Box<dyn Write> = match &options.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout()),
    };
    let mut out = BufWriter::with_capacity(1 << 18, out);
    let (users, events, seed) = (options.users, options.events, options.seed);
    let written = match options.rows_per_second {
        None => write(&mut out, users, events, seed),
        Some(rate) => {
            let mut rows = Rows::new(users, events, seed);
            at_rate(&mut out, events, rate, |out| rows.write(out).map(drop))
        }
    };
    match written.and_then(|()| out.flush()) {
        // `| head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Writes the events as JSON lines.
pub(crate) fn write(out: &mut impl Write, users: u64, events: u64, seed: u64) -> io::Result<()> {
    let mut stream = Clickstream::new(users, events, seed);
    for _ in 0..events {
        stream.next_click().write(out)?;
    }
    Ok(())
}

/// Writes at a rate: what is not due yet is not there yet for whoever reads.
#[expect(clippy::disallowed_methods, reason = "waits for real time")]
pub(crate) fn at_rate<W: Write>(
    out: &mut W,
    events: u64,
    per_second: u64,
    mut write: impl FnMut(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    let begin = Instant::now();
    for number in 0..events {
        let due = Duration::from_secs_f64(number as f64 / per_second as f64);
        let wait = due.saturating_sub(begin.elapsed());
        // Many at once, as they come.
        if wait > Duration::from_millis(5) {
            out.flush()?;
            std::thread::sleep(wait);
        }
        write(out)?;
    }
    out.flush()
}

/// Clicks as rows of the table `click_stream`: the time is a text.
pub(crate) struct Rows(Clickstream);

impl Rows {
    pub(crate) fn new(users: u64, events: u64, seed: u64) -> Self {
        Self(Clickstream::new(users, events, seed))
    }

    /// Writes the next one; its time in ms, and its session.
    pub(crate) fn write(&mut self, out: &mut impl Write) -> io::Result<(i64, String)> {
        let click = self.0.next_click();
        let ts = click.ts.cast_signed();
        let time = jiff::Timestamp::from_millisecond(ts).map_err(io::Error::other)?;
        let product = &click.product;
        writeln!(
            out,
            "{{\"eventTime\":\"{}\",\"eventType\":\"{}\",\"productId\":\"{}\",\"categoryId\":\"{}\",\"categoryCode\":\"{}\",\
             \"brand\":\"{}\",\"price\":{}.{:02},\"userId\":\"u{}\",\"userSession\":\"s{}\"}}",
            time.strftime("%Y-%m-%d %H:%M:%S%.3f"),
            click.kind,
            product.id,
            product.category,
            CATEGORIES[product.category],
            product.brand,
            product.price_cents / 100,
            product.price_cents % 100,
            click.user,
            click.session,
        )?;
        Ok((ts, format!("s{}", click.session)))
    }
}

/// A product as a user sees it.
#[derive(Clone, Copy)]
struct Product {
    id: u64,
    category: usize,
    brand: &'static str,
    price_cents: u64,
}

/// One event.
struct Click {
    ts: u64,
    kind: &'static str,
    product: Product,
    user: u64,
    session: u64,
}

impl Click {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let product = &self.product;
        writeln!(
            out,
            "{{\"ts\":{},\"eventType\":\"{}\",\"productId\":\"{}\",\"categoryCode\":\"{}\",\"brand\":\"{}\",\
             \"price\":{}.{:02},\"userId\":\"u{}\",\"userSession\":\"s{}\"}}",
            self.ts,
            self.kind,
            product.id,
            CATEGORIES[product.category],
            product.brand,
            product.price_cents / 100,
            product.price_cents % 100,
            self.user,
            self.session,
        )
    }
}

/// A user's visit.
struct Session {
    number: u64,
    user: u64,
    category: usize,
    seen: Vec<Product>,
}

/// The shop and who is in it.
struct Clickstream {
    random: Random,
    users: u64,
    /// By category.
    products: Vec<Vec<Product>>,
    /// The next event of each session: its time and the place of the session.
    due: BinaryHeap<Reverse<(u64, usize)>>,
    /// Places of sessions; those over are used again.
    sessions: Vec<Session>,
    free: Vec<usize>,
    begun: u64,
    next_session_ms: f64,
    session_gap_ms: f64,
    last_ms: u64,
}

impl Clickstream {
    fn new(users: u64, events: u64, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut products = vec![Vec::new(); CATEGORIES.len()];
        for id in (1_000_000..).take(PRODUCTS) {
            let category = random.below(CATEGORIES.len());
            products[category].push(Product {
                id,
                category,
                brand: random.choose(&BRANDS),
                // Half of all below 74, one in five above 200.
                price_cents: ((4.3 + 1.1 * random.normal()).exp().min(1500.0) * 100.0) as u64 + 1,
            });
        }
        Self {
            random,
            users,
            products,
            due: BinaryHeap::new(),
            sessions: Vec::new(),
            free: Vec::new(),
            begun: 0,
            next_session_ms: 0.0,
            session_gap_ms: SPAN_MS * SESSION_LEN / events.max(1) as f64,
            last_ms: START_MS - 1,
        }
    }

    /// The next event; its time is later than that of the one before.
    fn next_click(&mut self) -> Click {
        let (due_ms, place) = self.next_due();
        self.last_ms = due_ms.max(self.last_ms + 1);
        let kind = match self.random.below(100) {
            0..90 => "view",
            90..96 => "cart",
            96..99 => "purchase",
            _ => "remove",
        };
        let product = self.pick(place, kind);
        let session = &self.sessions[place];
        let click =
            Click { ts: self.last_ms, kind, product, user: session.user, session: session.number };
        if self.random.chance(1.0 / SESSION_LEN) {
            self.free.push(place);
        } else {
            let pause = self.random.exponential(PAUSE_MS) as u64 + MIN_PAUSE_MS;
            self.due.push(Reverse((due_ms + pause, place)));
        }
        click
    }

    /// When the next event is due, and of which session; sessions that begin before it are begun.
    fn next_due(&mut self) -> (u64, usize) {
        loop {
            let begins_ms = START_MS + self.next_session_ms as u64;
            if let Some(Reverse(next)) = self.due.peek().copied()
                && next.0 < begins_ms
            {
                self.due.pop();
                return next;
            }
            let place = self.begin_session();
            self.due.push(Reverse((begins_ms, place)));
            self.next_session_ms += self.random.exponential(self.session_gap_ms);
        }
    }

    fn begin_session(&mut self) -> usize {
        self.begun += 1;
        let place = self.free.pop().unwrap_or_else(|| {
            self.sessions.push(Session { number: 0, user: 0, category: 0, seen: Vec::new() });
            self.sessions.len() - 1
        });
        let session = &mut self.sessions[place];
        session.number = self.begun;
        session.user = self.random.next() % self.users;
        session.category = self.random.below(CATEGORIES.len());
        session.seen.clear();
        place
    }

    /// The product of the next event of a session.
    fn pick(&mut self, place: usize, kind: &str) -> Product {
        let session = &mut self.sessions[place];
        let random = &mut self.random;
        if let Some(mut last) = session.seen.last().copied() {
            if kind != "view" {
                return match random.chance(0.8) {
                    true => last,
                    false => random.choose(&session.seen),
                };
            }
            if random.chance(0.15) {
                let percent = random.choose(&PRICE_CHANGES);
                last.price_cents = (last.price_cents * percent + 50) / 100;
                session.seen.push(last);
                return last;
            }
        }
        if random.chance(0.2) {
            session.category = random.below(CATEGORIES.len());
        }
        let product = random.choose(&self.products[session.category]);
        session.seen.push(product);
        product
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, quick, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1, 1 excluded.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.unit() * limit as f64) as usize
    }

    fn choose<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// By Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const MINUTE_MS: u64 = 60_000;

    /// The events of 2,000 users by session or user.
    fn clicks_by(key: impl Fn(&Click) -> u64) -> Vec<Vec<Click>> {
        let mut stream = Clickstream::new(2000, 100_000, 1);
        let mut groups: BTreeMap<u64, Vec<Click>> = BTreeMap::new();
        for _ in 0..100_000 {
            let click = stream.next_click();
            groups.entry(key(&click)).or_default().push(click);
        }
        groups.into_values().collect()
    }

    /// How many `len` adjacent events of a group there are that have a property.
    fn count(groups: &[Vec<Click>], len: usize, holds: impl Fn(&[Click]) -> bool) -> usize {
        let windows = groups.iter().flat_map(|clicks| clicks.windows(len));
        windows.filter(|clicks| holds(clicks)).count()
    }

    #[test]
    fn the_rules_of_the_shop_have_something_to_find() {
        let sessions = clicks_by(|click| click.session);
        let users = clicks_by(|click| click.user);
        let views = |clicks: &[Click]| clicks.iter().all(|click| click.kind == "view");

        let cross_sell = count(&sessions, 2, |pair| {
            views(pair)
                && pair[0].product.category != pair[1].product.category
                && pair[1].ts - pair[0].ts < 5 * MINUTE_MS
        });
        let abandoned_cart = sessions.iter().filter(|clicks| {
            let dear = |click: &Click| click.kind == "cart" && click.product.price_cents > 20_000;
            clicks.iter().any(dear) && clicks.iter().all(|click| click.kind != "purchase")
        });
        let high_intent =
            count(&sessions, 4, |four| views(four) && four[3].ts - four[0].ts < 15 * MINUTE_MS);
        let price_drop = count(&users, 3, |three| {
            views(&three[..2])
                && three[0].product.id == three[1].product.id
                && three[1].product.price_cents < three[0].product.price_cents
                && three[2].kind == "cart"
                && three[2].ts - three[0].ts < 10 * MINUTE_MS
        });
        let churn = users.iter().filter(|clicks| {
            clicks.iter().filter(|click| click.kind == "view").count() >= 10
                && clicks.iter().all(|click| click.kind != "purchase")
        });
        let found = [cross_sell, abandoned_cart.count(), high_intent, price_drop, churn.count()];
        assert!(found.iter().all(|count| *count > 50), "{found:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_lines_in_time_order() {
        let lines = |seed| {
            let mut out = Vec::new();
            write(&mut out, 100, 2000, seed).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = lines(1);
        assert_eq!(text, lines(1));
        assert_ne!(text, lines(2));
        let ts = |line: &str| line.split([':', ',']).nth(1)?.parse::<u64>().ok();
        let times: Vec<u64> = text.lines().map(|line| ts(line).unwrap()).collect();
        assert_eq!(times.len(), 2000);
        assert!(times.is_sorted_by(|a, b| a < b));
    }
}
