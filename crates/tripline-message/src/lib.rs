//! What is said to the authors of rules: diagnostic codes, messages, and the catalogue that has them in each language.
//!
//! A message is a [`Text`]: a phrase of the catalogue with its arguments, not yet in any language.
//! Whoever finds a fault makes one with [`text!`]; whoever shows it chooses the [`Lang`].
//!
//! * A phrase that the catalogue does not have does not compile; nor does one whose arguments do not fit.
//! * A code never changes its meaning, see [`Code`]; what there is to say of it is its [`Entry`].
//! * Pure: the catalogue is part of the program.
//!
//! ```
//! use tripline_message::{Lang, text};
//!
//! let close = "cart";
//! let hint = text!("did you mean `{close}`?", close);
//! assert_eq!(hint.to_string(), "did you mean `cart`?");
//! assert_eq!(hint.render(Lang::Zh), "是不是想写 `cart`？");
//! ```
//!
//! ```compile_fail
//! // Not in the catalogue.
//! tripline_message::text!("something nobody has translated");
//! ```

mod catalogue;
mod code;
mod lang;
mod page;
mod recognise;
mod text;

pub use catalogue::{Entry, Examples, Phrase};
pub use code::{Code, Severity};
pub use lang::Lang;
pub use page::index;
pub use text::Text;
#[doc(hidden)]
pub use text::phrase;
