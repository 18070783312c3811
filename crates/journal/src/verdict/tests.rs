//! The judge by worlds in which it was once wrong, and by random ones.

mod cases;
mod judging;
mod lists;
mod pages;
mod worlds;
