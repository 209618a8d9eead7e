//! Tools, inputs and outputs in modules of their own, with every visibility.
mod shop {
    pub mod orders {
        use secure_tool_runtime::prelude::*;

        #[secure_input]
        pub(in crate::shop) struct Item {
            /// Its name.
            pub(super) name: Text<1, 20>,
        }

        #[secure_output]
        pub(crate) struct Order {
            pub(super) items: u16,
        }

        pub struct Orders;

        #[secure_tools]
        impl Orders {
            /// Order.
            #[secure_tool(scope = "orders:write", effect = write)]
            pub(super) async fn order(
                &self,
                /// What.
                items: List<Item, 1, 9>,
            ) -> Order {
                Order { items: items.iter().filter(|item| !item.name.is_empty()).count() as u16 }
            }
        }

        /// Count orders.
        #[secure_tool(scope = "orders:read", effect = read)]
        pub async fn count() -> u16 {
            super::total(&Order { items: 1 })
        }
    }

    fn total(order: &orders::Order) -> u16 {
        order.items
    }
}

fn main() {
    use secure_tool_runtime::{ToolSet, tools};
    let _ = ToolSet::new(shop::orders::Orders).and(tools![shop::orders::count]);
}
