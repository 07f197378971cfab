//! Numbers as a table: smallest, middle, greatest, and whether the middle meets its aim.

/// How busy the machine was in the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().and_then(|load| load.parse().ok());
    load.unwrap_or(0.0)
}

/// Says when numbers mean little.
pub fn warn_if_busy(load: f64) {
    if load > 1.0 {
        println!("This machine does other work too; the numbers will be of little use.");
    }
}

/// A table's head.
pub fn head(title: &str) {
    println!(
        "\n{title:68} {:>8} {:>8} {:>8}   aim",
        "min", "median", "max"
    );
}

/// Smallest, middle and greatest.
pub fn line(name: &str, mut numbers: Vec<f64>, aim: Option<f64>) {
    numbers.sort_by(f64::total_cmp);
    let (min, max) = (numbers[0], numbers[numbers.len() - 1]);
    let middle = numbers.len() / 2;
    let median = if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    };
    let aim = match aim {
        Some(aim) if median <= aim => format!("≤ {aim}: met"),
        Some(aim) => format!("≤ {aim}: missed"),
        None => String::new(),
    };
    println!("{name:68} {min:8.2} {median:8.2} {max:8.2}   {aim}");
}
