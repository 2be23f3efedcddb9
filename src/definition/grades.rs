//! Ordered grades: which of two grades of one scale is the higher one.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::definition::file::ScaleFile;
use crate::normal::{normalise, prefixes};

/// All scales of grades by grade.
#[derive(Debug, Clone, Default)]
pub struct Grades {
    by_grade: FxHashMap<String, (usize, usize)>,
    /// The first characters of all grades.
    starts: FxHashSet<char>,
}

impl Grades {
    /// Validates the declared scales; a grade belongs to one scale only.
    pub(super) fn build(files: Vec<ScaleFile>) -> Result<Self, String> {
        let mut by_grade: FxHashMap<String, (usize, usize)> = FxHashMap::default();
        let mut names = BTreeSet::new();
        for (scale, file) in files.into_iter().enumerate() {
            if !names.insert(file.name.clone()) {
                return Err(format!("等级序列“{}”重复", file.name));
            }
            for (place, grade) in file.grades.iter().enumerate() {
                if by_grade.insert(normalise(grade), (scale, place)).is_some() {
                    return Err(format!("等级“{grade}”（{}）重复", file.label));
                }
            }
        }
        let starts = by_grade.keys().filter_map(|grade| grade.chars().next()).collect();
        Ok(Self { by_grade, starts })
    }

    /// Returns how many bytes the longest grade has that a normalised text begins with. O(length of the longest grade).
    pub fn find_prefix(&self, text: &str) -> Option<usize> {
        const GRADE_CHARS_MAX: usize = 12;
        text.chars().next().filter(|first| self.starts.contains(first))?;
        prefixes(text, GRADE_CHARS_MAX).find(|grade| self.by_grade.contains_key(*grade)).map(str::len)
    }

    /// Lists the grades that stand in a normalised text as words of their own (`p5/p6级`). O(text x longest grade).
    pub fn find_all<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let mut found = Vec::new();
        let (mut floor, mut last) = (0, ' ');
        for (at, c) in text.char_indices() {
            let before = std::mem::replace(&mut last, c);
            let Some(rest) = text.get(at..).filter(|_| at >= floor && !(c.is_ascii_alphanumeric() && joins(before)))
            else {
                continue;
            };
            let grade = self.find_prefix(rest).and_then(|len| rest.split_at_checked(len));
            if let Some((grade, behind)) = grade
                && !(grade.ends_with(joins) && behind.starts_with(joins))
            {
                found.push(grade);
                floor = at + grade.len();
            }
        }
        found
    }

    /// Compares two grades, low to high; `None` if they are not of one scale. O(1).
    pub fn compare(&self, left: &str, right: &str) -> Option<Ordering> {
        let (left_scale, left_place) = self.by_grade.get(left)?;
        let (right_scale, right_place) = self.by_grade.get(right)?;
        (left_scale == right_scale).then(|| left_place.cmp(right_place))
    }
}
