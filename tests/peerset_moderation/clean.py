"""Clean lines: what must not be refused, with the Scunthorpe family first of all, made from a seed.

The family holds names, places and ordinary words in which a listed word is spelled by accident, and phrases in which
one means something else.
"""

import random
from typing import Final

_WORDS_TEXT: Final = """
assassin assassinate assault assemble assembly assent assert assertion assess assessment asset assign assignment
assist assistant associate assume assurance ambassador amass bass bassoon brass bypass canvass carcass cassette
cassock casserole class classic classify classroom compass crass crevasse cutlass embarrass embassy glass
glasses grass grasshopper harass hourglass impasse lass lasso massacre massage massive mass molasses morass pass
passage passenger passion passive password potassium reassure sassafras surpass tassel trespass underpass
wassail assorted bassinet canvasses brassiere arsenal arsenic parse sparse coarse hoarse catharsis varsity arson
marshal cockatoo cockatiel cockerel cockle cockney cockpit cockroach cockscomb cocktail peacock hancock woodcock
shuttlecock stopcock weathercock gamecock haycock poppycock moorcock cockade cockamamie cockchafer cocksure
dickens dickensian dickinson dickson benedick dickey dicky dictate predicate verdict addict cucumber
circumference circumspect circumstance document cumin cumulative cumulus accumulate incumbent encumber scum
succumb vacuum cumbersome cumberland cummerbund talcum shiitake shitake mishit snigger sniggering niggle
niggling niggardly nigeria niger nigerian nigerien renegade tit titan titanic titanium tithe title titular
titillate titivate constitution institution competition petition partition repetition substitute appetite
altitude attitude latitude titter tittle entity identity quantity stitch hunting country county account discount
encounter countess accountant pussyfoot pushy pulse octopus opus campus bitten bitter bite habit orbit exhibit
bitumen ambition rabbit prickle prickly swank swanky wand wander wangle hello shell hellebore sextant sextet
essex sussex middlesex unisex sexton therapist therapy grape drape scrape trapeze rapeseed analysis analyse
analogue analog canal banal annals penalty penalise arsenals penistone peninsula penicillin pencil pension open
happen scrap skyscraper crape flick click pick fuchsia fusion fuel fulcrum fukushima funk hoecake shoe horseshoe
phoenix raccoon tycoon cocoon spice spicy spicule auspicious despicable conspicuous hospice suspicion kikuyu
kiki pakistan pakistani retardant fagus popcorn pornic whorl who whose slot salute sluice slurry slughorn tweet
tweak damnation condemn montage boobook fartlek farther farthing
"""
WORDS: Final = tuple(_WORDS_TEXT.split())
_NAMES_TEXT: Final = """
Scunthorpe|Penistone|Clitheroe|Lightwater|Arsenal|Essex|Sussex|Middlesex|Wessex|Cockermouth|Cockburn|
Cockfosters|Hancock|Hitchcock|Babcock|Alcock|Woodcock|Peacock|Adcock|Cockcroft|Cocker|Cockburnspath|Bassett|
Basset|Massachusetts|Assam|Assisi|Dassault|Cassandra|Cassius|Nassau|Hassan|Picasso|Passau|Cassidy|Sassoon|
Dickens|Dickinson|Dickson|Benedict|Emily Dickinson|Charles Dickens|Moby Dick|Dick Van Dyke|Dick Cheney|
Dick Tracy|Dick Turpin|Philip K. Dick|Dick Whittington|Dick Francis|Andy Dick|Spotted Dick|
Every Tom, Dick and Harry|Matsushita|Yamashita|Kinoshita|Miyashita|Morishita|Takeshita|Ishita|Harshit|Akshit|
Rakshit|Fukuoka|Fukui|Fukuda|Fukushima|Nigeria|Niger|Nigel|Montenegro|Rio Negro|Acunto|Titus|Titicaca|Tito|
Titania|Tithonus|Uranus|Janus|Cummings|Alan Cumming|Cumberland|Cumbria|Cumbernauld|Circumflex|Wankel engine|
Swansea|Wangford|Wanstead|Butterworth|Buttermere|Sandwich|Bitburg|Wetwang|Lickey End|Upper Dicker|
Lower Slaughter|Pratts Bottom|Horneck|Hornsea|Hornby|Hoare|Hooker Chemical|John Lee Hooker|Gaylord|Gay Lussac|
Dyke Road|Offa's Dyke|Van Dyke|Vandyke|Maine Coon|Coon Rapids|Pussy Riot|Pussy Galore|Pussy Willow|
Puss in Boots|Cock Robin|Cock and Bull|Cock-a-doodle-doo|Blue Tits|Great Tits|Coal Tits|Long-tailed Tits|
Bearded Tits|Summa cum laude|Magna cum laude|Wild asses|Balaam's ass|The Golden Ass|Slag heaps|
A skin prick test|Pin pricks|Assos|Passaic|Cassini|Bassano|Rosassen|Glassboro|Grassington|Grasse|Assen|Gassendi|
Tassie|Tasso|Hasselt|Hesse|Sesse|Lausanne|Analytical Engine|Canaletto|Shih Tzu|Shiite|Shi'ites|Shitake mushroom|
Shiitake|Kuntze|Kunz|Kuntsevo|Fuchs|Fuchsia|Fux|Focke|Fokker|Phuket|Focker|Slough|Slutsk|Suckley|Sackville|
Spicer|Spica|Kikinda|Kikuyu|Pakistan|Spakenburg|Nutsford|Semenov|Semeniuk|Twain|Rothschild|Mianus|Manuscript|
Therapist|Bastardo|Lake Chaubunagungamaugg|Fagin|Fagan|Fagaras|Faguet|Bragg|Prickett|Pricket
"""
NAMES: Final = tuple(_NAMES_TEXT.replace("\n", "").split("|"))
FAMILY: Final = tuple(dict.fromkeys((*WORDS, *NAMES)))

TEMPLATES: Final = (
    "{}",
    "We moved to {0} in 1998.",
    "Have you seen {0}?",
    "{0}, {1} and {2}",
    "I'm reading about {0}; it's great!",
    "The {0} of the {1} is over",
    "#{0}",
    "http://example.org/{0}/{1}",
    "{0}@example.org",
    '{{"title": "{0}", "n": 3}}',
    "{0}'s {1}",
    "{0} vs. {1} - 2:1 (a.e.t.)",
    "{0}/{1}",
    "({0})",
    "{0}_{1}",
    "{0}-{1}",
    "{0}... {1}!",
    "«{0}» — {1}",
)
_ORDINARY_TEXT: Final = """
time year people way day man thing woman life child world school state family student group country problem hand
part place case week company system program question work government number night point home water room mother
area money story fact month lot right study eye job word business issue side kind head house service friend
father power hour game line end member law car city community name president team minute idea body information
back parent face others level office door health person art war history party result change morning reason
research girl guy moment air teacher force education this is it hit sit as us if so pick up kit tick duck deck
dock fork suck lick luck sack sick bit bet boat coat dice ditch witch pitch batch beach shirt short shot sheet
sheer shut ship shop shift slit slot salt slat bonk wink tank twit what count can't cant runt hunt font punt
cult cod rock clock lock knock bock cook cork dish duke tech dike bike fog flag rag figs bag beg big bug
"""
ORDINARY: Final = tuple(_ORDINARY_TEXT.split())
CODES: Final = (
    "A55",
    "455 Main Street",
    "B2B",
    "4x4",
    "H2O",
    "3.5 mm",
    "v1.2.3",
    "10:45",
    "U.S.A.",
    "e.g. this",
    "i.e. that",
    "R2-D2",
    "3G/4G/5G",
    "7.1",
    "T17",
    "1337",
    "0x1F",
    "50% off",
    "C++ and C#",
    "a/b test",
    "AT&T",
    "1 + 1 = 2",
    "A B C D E F",
    "x y z",
    "I.B.M.",
    "J. R. R. Tolkien",
    "S.O.S.",
    "50 $",
    "£5",
    "5€",
    "U S A",
    "a - b - c",
    "W W W",
    "b1 b2 b3",
    "c0 c1",
    "Q&A",
    "2+2=4",
    "@home",
    "$HOME",
    "O'Neill",
    "rock'n'roll",
    "24/7",
    "t1, t2",
    "AS 5",
    "as s",
    "S 5",
    "M1 A1",
    "1 i 2 l 3",
    "Дорогие друзья, добро пожаловать",
    "Καλημέρα κόσμε",
    "日本語のテキスト",
    "안녕하세요",
    "مرحبا بالعالم",
    "שלום עולם",
    "Übermaß",
    "façade",
    "naïve",
    "crème brûlée",
    "El Niño",
    "São Paulo",
    "C L A S S I C   S A L E",
    "G R A S S",
)


def make_clean(*, count: int = 2_000, seed: int = 2) -> list[str]:
    """Make *count* different lines: each of the family and of the codes by itself, the rest by templates."""
    rng = random.Random(seed)
    lines = dict.fromkeys((*FAMILY, *CODES))
    while len(lines) < count:
        lines[write_line(rng)] = None
    return list(lines)[:count]


def write_line(rng: random.Random) -> str:
    """Write one line: one of the family in a template, or a few ordinary words and codes."""
    if rng.random() < 0.6:
        return rng.choice(TEMPLATES).format(*rng.sample(FAMILY, 3))
    words = rng.choices(ORDINARY, k=rng.randint(3, 12))
    words.insert(rng.randrange(len(words)), rng.choice(CODES))
    return rng.choice((" ", " ", "-", ", ", ".")).join(words)
