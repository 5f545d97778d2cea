//! What every detector of the table promises, checked through the doors that callers use.

mod robust;
mod streams;
mod support;
mod table;
mod values;
mod zz;
