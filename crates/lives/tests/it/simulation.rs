//! The time of a life: it passes only when everyone waits for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use oxhost_journal::{Clock, Moment};
use tokio::task::Id;
use tokio::time::Instant;

/// What all in a life share: its clock and its transcript.
#[derive(Clone)]
pub struct Simulation(Arc<Inner>);

struct Inner {
    start: Instant,
    micros: AtomicI64,
    /// Steps that anyone took.
    steps: AtomicU64,
    /// Those who do something that ends.
    busy: AtomicUsize,
    /// Those of them who wait for the time to pass, by themselves or for the provider, and how often.
    waiting: Mutex<HashMap<Option<Id>, usize>>,
    /// Those who must be let end before any time passes.
    held: AtomicUsize,
    /// When those wake up.
    wakes: Mutex<Vec<Instant>>,
    transcript: Mutex<Vec<String>>,
}

/// What the clocks of a machine show beyond those of the life.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clocks {
    /// Microseconds of the clock that deadlines stand on. Each has a name of its own.
    pub ahead: i64,
    /// Seconds of the wall clock.
    pub wall: i64,
}

const CLOCK: &str = "life+";

impl Clocks {
    fn name(self) -> String {
        format!("{CLOCK}{}", self.ahead)
    }
}

/// The time of the life at a moment of one of its clocks.
pub fn life_time(clock: &str, micros: i64) -> Duration {
    let ahead: i64 = clock.trim_start_matches(CLOCK).parse().unwrap();
    Duration::from_micros(u64::try_from(micros - ahead).unwrap_or_default())
}

/// Counts as long as it lives.
pub struct Counted(Simulation, fn(&Inner) -> &AtomicUsize);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1(&self.0.0).fetch_sub(1, Ordering::SeqCst);
    }
}

/// Someone waits as long as it lives.
struct Waits(Simulation, Option<Id>);

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = self.0.0.waiting.lock().unwrap();
        if let Entry::Occupied(mut times) = waiting.entry(self.1) {
            *times.get_mut() -= 1;
            if *times.get() == 0 {
                times.remove();
            }
        }
    }
}

const LONGEST_STEP: Duration = Duration::from_secs(5);

/// How long a database may be silent while it works, most of the time.
static PAUSE: LazyLock<Duration> = LazyLock::new(|| match crate::storage::server() {
    Some(_) => Duration::from_millis(5),
    None => Duration::from_micros(700),
});

/// The wall clock when a life begins.
const BIRTH: i64 = 1_760_000_000;

impl Simulation {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            start: Instant::now(),
            micros: AtomicI64::new(0),
            steps: AtomicU64::new(0),
            busy: AtomicUsize::new(0),
            waiting: Mutex::default(),
            held: AtomicUsize::new(0),
            wakes: Mutex::default(),
            transcript: Mutex::default(),
        }))
    }

    /// The time since the life began.
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.0.micros.load(Ordering::SeqCst).unsigned_abs())
    }

    /// A clock that shows another number than that of others, as one does that started elsewhere.
    pub fn clock(&self, clocks: Clocks) -> Clock {
        let simulation = self.clone();
        Clock::new(move || Moment {
            clock: clocks.name(),
            micros: simulation.0.micros.load(Ordering::SeqCst) + clocks.ahead,
        })
    }

    pub fn wall(&self, clocks: Clocks) -> Timestamp {
        let micros = self.0.micros.load(Ordering::SeqCst);
        Timestamp::from_microsecond((BIRTH + clocks.wall) * 1_000_000 + micros).unwrap()
    }

    pub fn tell(&self, line: impl AsRef<str>) {
        let line = format!("{:9.3}  {}", self.now().as_secs_f32(), line.as_ref());
        self.0.transcript.lock().unwrap().push(line);
        self.step();
    }

    pub fn transcript(&self) -> Vec<String> {
        self.0.transcript.lock().unwrap().clone()
    }

    fn step(&self) {
        self.0.steps.fetch_add(1, Ordering::SeqCst);
    }

    fn counted(&self, counter: fn(&Inner) -> &AtomicUsize) -> Counted {
        counter(&self.0).fetch_add(1, Ordering::SeqCst);
        Counted(self.clone(), counter)
    }

    pub fn busy(&self) -> Counted {
        self.counted(|inner| &inner.busy)
    }

    /// Does something in which no time passes, such as what a server needs long for.
    pub async fn hold<T>(&self, what: impl Future<Output = T>) -> T {
        let _held = self.counted(|inner| &inner.held);
        let done = what.await;
        self.step();
        done
    }

    /// Waits for the time to pass.
    pub async fn sleep(&self, time: Duration) {
        self.let_wait(tokio::task::try_id(), time).await;
    }

    /// Lets someone else wait for the time to pass, who is a task.
    pub async fn let_wait(&self, who: Option<Id>, time: Duration) {
        *self.0.waiting.lock().unwrap().entry(who).or_default() += 1;
        let _waits = Waits(self.clone(), who);
        let wake = Instant::now() + time;
        self.0.wakes.lock().unwrap().push(wake);
        tokio::time::sleep_until(wake).await;
        self.step();
    }

    /// Lets the time pass whenever nobody does anything else. Never ends.
    pub async fn pass_time(&self) {
        let inner = &self.0;
        let (mut seen, mut quiet, mut unexplained) = (u64::MAX, 0, 0);
        loop {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            let steps = inner.steps.load(Ordering::SeqCst);
            let explained =
                inner.waiting.lock().unwrap().len() >= inner.busy.load(Ordering::SeqCst);
            if steps == seen {
                quiet += 1;
            } else {
                (seen, quiet, unexplained) = (steps, 0, 0);
            }
            if inner.held.load(Ordering::SeqCst) > 0 {
                real_pause(*PAUSE).await;
                continue;
            }
            match (explained, quiet) {
                (true, 2..) => self.advance(self.to_next_wake()).await,
                (true, _) => {}
                // Someone waits for the database, or for a timer of his own.
                (false, 3..) => {
                    self.advance(Duration::from_millis(200)).await;
                    (quiet, unexplained) = (0, unexplained + 1);
                }
                // Our own timers are short: it is the database.
                (false, _) if unexplained > 12 => real_pause(Duration::from_millis(100)).await,
                (false, _) if unexplained > 6 => real_pause(Duration::from_millis(20)).await,
                (false, _) => real_pause(*PAUSE).await,
            }
        }
    }

    /// The time until someone wakes up, but not so long that other timers would be very late.
    fn to_next_wake(&self) -> Duration {
        let now = Instant::now();
        let mut wakes = self.0.wakes.lock().unwrap();
        wakes.retain(|wake| *wake > now);
        let next = wakes.iter().min().map_or(LONGEST_STEP, |wake| wake.duration_since(now));
        // Timers are counted in milliseconds.
        next.clamp(Duration::from_millis(1), LONGEST_STEP)
    }

    async fn advance(&self, time: Duration) {
        tokio::time::advance(time).await;
        let now = Instant::now().duration_since(self.0.start);
        self.0.micros.store(i64::try_from(now.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

/// A pause that takes real time, and none of the life's.
async fn real_pause(time: Duration) {
    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(time)).await;
}

/// Plays something in a time of its own.
pub fn play<T>(what: impl AsyncFnOnce(Simulation) -> T) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    let result = runtime.block_on(async {
        // While it runs, the time does not pass by itself.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || ended.recv());
        let simulation = Simulation::new();
        let result = tokio::select! {
            result = what(simulation.clone()) => result,
            () = simulation.pass_time() => unreachable!(),
        };
        drop(end);
        result
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

/// What befalls someone who does something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fate {
    /// Dies at this step.
    pub dies_at: Option<u32>,
    /// Stands still from this step on, for so long.
    pub stops_at: Option<(u32, Duration)>,
}

/// Something that someone does, who may die or stand still.
pub struct Doing<'a, F: Future> {
    simulation: Simulation,
    fate: Fate,
    steps: u32,
    /// How long he may stand still at this moment.
    longest: Box<dyn Fn() -> Duration + Send + 'a>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    what: Pin<Box<F>>,
}

impl<'a, F: Future> Doing<'a, F> {
    pub fn new(
        simulation: &Simulation,
        fate: Fate,
        longest: impl Fn() -> Duration + Send + 'a,
        what: F,
    ) -> Self {
        let (simulation, what) = (simulation.clone(), Box::pin(what));
        Self { simulation, fate, steps: 0, longest: Box::new(longest), pause: None, what }
    }
}

impl<F: Future> Future for Doing<'_, F> {
    /// `None`: died.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.simulation.step();
        if let Some(pause) = &mut self.pause {
            match pause.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.pause = None,
            }
            self.simulation.tell("  … and goes on");
        }
        self.steps += 1;
        if self.fate.dies_at == Some(self.steps) {
            return Poll::Ready(None);
        }
        if let Some((at, time)) = self.fate.stops_at
            && at == self.steps
        {
            let time = time.min((self.longest)());
            self.simulation.tell(format!("  (stands still for {time:?} …"));
            let simulation = self.simulation.clone();
            let mut pause: Pin<Box<dyn Future<Output = ()> + Send>> =
                Box::pin(async move { simulation.sleep(time).await });
            if pause.as_mut().poll(context).is_pending() {
                self.pause = Some(pause);
                return Poll::Pending;
            }
        }
        let polled = self.what.as_mut().poll(context);
        polled.map(Some)
    }
}
