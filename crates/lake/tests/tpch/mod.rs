//! The data of TPC-H as Parquet files, and its 22 queries.

use std::fs::{self, File};
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use redoubt_lake::{Location, Roles, Source};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen_arrow::{
    CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow, SupplierArrow,
};

/// The eight tables.
pub(crate) const TABLES: [&str; 8] =
    ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];

/// The queries, with the parameters by which the specification validates them (TPC-H 3.0.1, section 2.4).
pub(crate) const QUERIES: [&str; 22] = [
    include_str!("q01.sql"),
    include_str!("q02.sql"),
    include_str!("q03.sql"),
    include_str!("q04.sql"),
    include_str!("q05.sql"),
    include_str!("q06.sql"),
    include_str!("q07.sql"),
    include_str!("q08.sql"),
    include_str!("q09.sql"),
    include_str!("q10.sql"),
    include_str!("q11.sql"),
    include_str!("q12.sql"),
    include_str!("q13.sql"),
    include_str!("q14.sql"),
    include_str!("q15.sql"),
    include_str!("q16.sql"),
    include_str!("q17.sql"),
    include_str!("q18.sql"),
    include_str!("q19.sql"),
    include_str!("q20.sql"),
    include_str!("q21.sql"),
    include_str!("q22.sql"),
];

/// Writes the tables at a scale factor into `folder`, one Parquet file each.
pub(crate) fn generate(folder: &Path, scale: f64) {
    fs::create_dir_all(folder).unwrap();
    let put = |name: &str, batches: &mut dyn Iterator<Item = RecordBatch>| {
        let first = batches.next().unwrap();
        let file = File::create(folder.join(format!("{name}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, first.schema(), None).unwrap();
        writer.write(&first).unwrap();
        for batch in batches {
            writer.write(&batch).unwrap();
        }
        writer.close().unwrap();
    };
    put("customer", &mut CustomerArrow::new(CustomerGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("lineitem", &mut LineItemArrow::new(LineItemGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("nation", &mut NationArrow::new(NationGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("orders", &mut OrderArrow::new(OrderGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("part", &mut PartArrow::new(PartGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("partsupp", &mut PartSuppArrow::new(PartSuppGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("region", &mut RegionArrow::new(RegionGenerator::new(scale, 1, 1)).map(Result::unwrap));
    put("supplier", &mut SupplierArrow::new(SupplierGenerator::new(scale, 1, 1)).map(Result::unwrap));
}

/// The tables of a folder as sources.
pub(crate) fn sources(folder: &Path) -> Vec<(Source, Roles)> {
    let source = |name: &&str| Source {
        name: (*name).to_owned(),
        location: Location::Path(folder.join(format!("{name}.parquet"))),
        format: None,
        digest: None,
    };
    TABLES.iter().map(|name| (source(name), Roles::new())).collect()
}
