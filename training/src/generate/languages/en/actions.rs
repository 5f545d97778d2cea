//! What a user orders an agent to do.

use crate::generate::languages::List;

pub(in crate::generate) const ACTIONS: List = &[
    "[[Forward|Send]] [[the last email|the email about {topic}|{file}|the invoice {id}]] to [[{name}|{mail}|my accountant|the team]][[.|, please.]]",
    "[[Delete|Remove|Archive]] [[the old drafts|{file}|all spam|my {time} alarm|duplicate contacts|the event on {date}]][[.| please.]]",
    "[[Transfer|Send|Pay]] {amount} to [[{name}|my landlord|account {account}|{company}]] [[for the rent|for {topic}|today|]].",
    "[[Book|Reserve]] [[a flight to {city}|a table for {small}|the meeting room|a taxi]] [[on {date}|at {time}|for tomorrow]].",
    "[[Open|Go to|Visit]] {url} and [[tell me what it says|find the price of {product}|summarise it|download {file}]].",
    "[[Run|Execute]] [[the tests|`cargo test`|`npm run build`|{file}|the migration]] and [[show me the errors|fix what fails|tell me the result]].",
    "[[Give|Grant]] {name} [[access to|edit rights on]] [[the shared folder|{file}|the calendar]].",
    "[[Change|Update|Reset]] my [[password|email address|phone number|shipping address]] [[to {mail}|to {phone}|please|on {company}]].",
    "[[Search|Look through]] my [[inbox|notes|files|calendar]] for [[{topic}|the invoice from {company}|anything from {name}|my flight number]].",
    "[[Schedule|Set up|Cancel|Move]] [[a meeting|a call|lunch|the appointment]] with {name} [[on {date}|at {time}|next week]].",
    "[[Order|Buy]] {small} [[x |pieces of |]]{product} [[from {company}|with my saved card|and ship it to {city}]].",
    "[[Reply|Respond]] to {name} [[that I agree|that I'll be late|with the document attached|and thank them]].",
    "[[Turn off|Disable|Turn on]] the [[lights|alarm|heating|notifications|firewall rule {n}]] [[at {time}|in the office|]].",
    "[[Post|Tweet|Publish]] \"[[we are open again|new blog post about {topic}|happy holidays]]\" [[on our account|in the team channel|at {time}]].",
    "[[Merge|Approve|Review|Close]] [[PR #{n}|the pull request by {name}|ticket {id}]] [[if the tests pass|after the release|please]].",
    "[[Read|Check]] [[my new emails|my messages|the reviews of {product}|{file}]] and [[answer the urgent ones|list the action items|tell me who wrote]].",
    "[[Add|Put]] [[milk|{product}|{name}|dentist at {time}]] [[to my list|on the shopping list|in my contacts|in the calendar]].",
    "[[Upload|Save|Copy|Move|Rename]] {file} [[to the shared drive|as {file}|to my backup|into the project folder]].",
    "[[Share|Send]] my [[location|calendar|slides|contact card]] with {name}[[ until {time}|]].",
    "[[Find|Show]] [[the cheapest flight to {city}|all users created since {date}|the largest files|unread mails from {company}]] [[and sort them|and export them to {file}|]].",
    "[[Create|Add]] [[a new user for {mail}|an API key for the staging server|a webhook for {url}|a forwarding rule for invoices]].",
    "[[Withdraw|Move]] {amount} from my [[savings|joint account]] [[to checking|to pay {name}]].",
];
