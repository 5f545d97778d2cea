//! The examples of the repository whose data are ours, in memory.

use std::fs;
use std::path::Path;

use super::support::{Memory, all, load};

#[test]
fn the_guard_learns_and_gives_the_same_twice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/guard");
    let text = fs::read_to_string(folder.join("pipeline.toml")).unwrap();
    let rows = fs::read_to_string(folder.join("rows.jsonl")).unwrap();
    let run = || all(&load(&text).unwrap(), &Memory::with("rows.jsonl", &rows)).unwrap();
    let made = run();
    assert_eq!(made, run());
    let of = |step: &str, name: &str| made.iter().find(|made| made.name == step).unwrap().figures[name];
    assert!(of("measure", "roc_auc") > 0.9);
    assert!(of("more", "added") > 100.0);
    // Copies with digits for letters are what the augmented model knows better.
    assert!(of("measure", "accuracy_leet_0_2") > 0.7);
}

/// The columns of the public file, in its order.
const COMPAS: &str = "id,compas_screening_date,sex,age,age_cat,race,juv_fel_count,decile_score,juv_misd_count,\
    juv_other_count,priors_count,days_b_screening_arrest,c_jail_in,c_jail_out,c_offense_date,c_arrest_date,\
    c_days_from_compas,c_charge_degree,c_charge_desc,is_recid,r_charge_degree,r_days_from_arrest,r_offense_date,\
    r_charge_desc,r_jail_in,r_jail_out,violent_recid,is_violent_recid,vr_charge_degree,vr_offense_date,vr_charge_desc,\
    type_of_assessment,score_text,screening_date,v_type_of_assessment,v_decile_score,v_score_text,v_screening_date,\
    in_custody,out_custody,start,end,event,two_year_recid";

/// Made-up people: who has more charges is charged again more often.
fn people() -> String {
    let columns: Vec<&str> = COMPAS.split(',').collect();
    let mut text = format!("{COMPAS}\n");
    for row in 0..600_usize {
        let priors = row * 37 % 12;
        let age = 18 + row * 53 % 50;
        let again = usize::from(priors * 4 + row * 7919 % 23 > age / 2 + 14);
        let cell = |name: &&str| match *name {
            "id" => row.to_string(),
            "sex" => ["Male", "Female"][usize::from(row % 5 == 0)].to_owned(),
            "race" => ["African-American", "Caucasian", "Other"][row * 31 % 3].to_owned(),
            "age" => age.to_string(),
            "priors_count" => priors.to_string(),
            "juv_fel_count" | "juv_misd_count" | "juv_other_count" => (row * 11 % 40 / 39).to_string(),
            "two_year_recid" | "is_recid" | "event" => again.to_string(),
            "decile_score" => (1 + row * 17 % 10).to_string(),
            "c_charge_degree" => ["F", "M"][row % 2].to_owned(),
            _ => String::new(),
        };
        text.push_str(&columns.iter().map(cell).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

#[test]
fn compas_runs_on_a_file_of_its_columns() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/compas/pipeline.toml");
    let text = fs::read_to_string(file).unwrap();
    let rows = people();
    let made = all(&load(&text).unwrap(), &Memory::with("compas-scores-two-years.csv", &rows)).unwrap();
    let of = |step: &str, name: &str| made.iter().find(|made| made.name == step).unwrap().figures[name];
    assert!(of("measure", "roc_auc") > 0.7);
    assert!(of("weighed", "yes_share_difference").abs() < 1e-9);
    assert!(of("decide", "equalized_odds_difference") <= 0.1 + 1e-9);
}
