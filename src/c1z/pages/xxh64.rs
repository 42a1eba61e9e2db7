//! XXH64 over whole 32-byte stripes, and the way back: the hash that ends a zstd frame, for a stream whose first page
//! is known last.
//!
//! Each of the four lanes takes in one word a stripe by additions, rotations and odd multiplications, so a step can be
//! undone when its word is known, and the word can be found when the lane is known before and after. Hence
//! [`neutralise`]: it fills one free stripe of a page so that the whole page leaves the four lanes as it found them at
//! the start of the stream. The rest of the stream is then hashed without waiting for that page, which counts in the
//! length alone.

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;

/// The four lanes before any input, for seed 0, which is the one zstd uses.
const START: [u64; 4] = [P1.wrapping_add(P2), P2, 0, P1.wrapping_neg()];

/// Bytes taken in one step.
pub(super) const STRIPE: usize = 32;

/// A running XXH64 with seed 0.
pub(super) struct Xxh64 {
    lanes: [u64; 4],
    length: u64,
}

impl Xxh64 {
    /// A hash that has taken in `length` bytes, at least one stripe, that left the lanes as they were.
    pub(super) fn after_neutral(length: usize) -> Self {
        let (lanes, length) = (START, length as u64);
        Self { lanes, length }
    }

    /// Takes in `bytes`, whole stripes only.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        forward(&mut self.lanes, bytes);
        self.length += bytes.len() as u64;
    }

    /// The hash of all bytes so far.
    pub(super) fn digest(&self) -> u64 {
        let [a, b, c, d] = self.lanes;
        let (a, b) = (a.rotate_left(1), b.rotate_left(7));
        let (c, d) = (c.rotate_left(12), d.rotate_left(18));
        let mut hash = a.wrapping_add(b).wrapping_add(c).wrapping_add(d);
        for lane in self.lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4);
        }
        hash = hash.wrapping_add(self.length);
        hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
        hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
        hash ^ (hash >> 32)
    }
}

/// Fills the stripe of `page` that starts at `at` so that taking in the whole page changes no lane
/// of a fresh hash. `at` and the page's length are multiples of [`STRIPE`].
pub(super) fn neutralise(page: &mut [u8], at: usize) {
    let (mut before, mut after) = (START, START);
    forward(&mut before, &page[..at]);
    for stripe in page[at + STRIPE..].rchunks_exact(STRIPE) {
        step(&mut after, stripe, unround);
    }
    let words = page[at..at + STRIPE].chunks_exact_mut(8);
    for (word, (before, after)) in words.zip(before.into_iter().zip(after)) {
        // Undoing the step for the word 0 leaves the old lane plus what the true word adds to it.
        let added = unround(after, 0).wrapping_sub(before);
        word.copy_from_slice(&unmultiply(added, P2).to_le_bytes());
    }
}

fn forward(lanes: &mut [u64; 4], bytes: &[u8]) {
    for stripe in bytes.chunks_exact(STRIPE) {
        step(lanes, stripe, round);
    }
}

fn step(lanes: &mut [u64; 4], stripe: &[u8], round: impl Fn(u64, u64) -> u64) {
    for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks().0) {
        *lane = round(*lane, u64::from_le_bytes(*word));
    }
}

fn round(lane: u64, word: u64) -> u64 {
    let sum = lane.wrapping_add(word.wrapping_mul(P2));
    sum.rotate_left(31).wrapping_mul(P1)
}

/// The lane that [`round`] made this one of.
fn unround(lane: u64, word: u64) -> u64 {
    let sum = unmultiply(lane, P1).rotate_right(31);
    sum.wrapping_sub(word.wrapping_mul(P2))
}

/// The number that times the odd `factor` gives `product`, modulo 2⁶⁴.
fn unmultiply(product: u64, factor: u64) -> u64 {
    // Newton's iteration doubles the right bits; an odd number is its own inverse in the lowest three.
    let mut inverse = factor;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(factor.wrapping_mul(inverse)));
    }
    product.wrapping_mul(inverse)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    /// What libzstd writes at the end of a frame that holds `bytes`.
    fn checksum(bytes: &[u8]) -> [u8; 4] {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        let frame = encoder.finish().unwrap();
        *frame.last_chunk().unwrap()
    }

    fn noise(length: usize) -> Vec<u8> {
        let step = |x: &mut u64| {
            *x = x
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Some((*x >> 56) as u8)
        };
        std::iter::successors(Some(7u64), |x| Some(*x))
            .scan(7, |x, _| step(x))
            .take(length)
            .collect()
    }

    #[test]
    fn agrees_with_the_checksum_of_libzstd() {
        for length in [32, 64, 96, 4096, 131_072, 999_968] {
            let bytes = noise(length);
            let mut hash = Xxh64::after_neutral(0);
            let (first, rest) = bytes.split_at(32);
            hash.update(first);
            hash.update(rest);
            assert_eq!(
                hash.digest().to_le_bytes()[..4],
                checksum(&bytes),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_neutral_page_leaves_only_its_length() {
        for at in [0, 160, 4064] {
            let mut bytes = noise(8192);
            neutralise(&mut bytes[..4096], at);
            let mut hash = Xxh64::after_neutral(4096);
            hash.update(&bytes[4096..]);
            assert_eq!(
                hash.digest().to_le_bytes()[..4],
                checksum(&bytes),
                "free stripe at {at}"
            );
        }
    }
}
