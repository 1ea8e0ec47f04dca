"""Ordinary English words: those that carry nothing in a search, and those that are never a medicine."""

from __future__ import annotations

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by can
    could did do does doing down during each few for from further give given had has have having he her here hers him his
    how i if in into is it its itself just let may me might more most must my no nor not now of off on once only or other
    our ours out over own patient patients please same she should so some such take taking than that the their theirs them
    then there these they this those through to too under until up use used using very was we were what when where which
    while who whom why will with would you your yours""".split()
)

EVERYDAY_WORDS = frozenset(
    """able accept acceptable according actually adding advice advise afraid afternoon again ago agree almost alone along
    already although always amount another answer anxious anybody anyone anything appointment appropriate around asked
    asking assume attack aware away awful back background bad because become bedtime before begin being believe best
    better big bit body book both bottle box bought breakfast bring brother busy buy call came cannot cant care carefully
    case caused causes certain chance change changed chart check chemist choice choose chosen clear clearly clinic come
    comes coming common completely concern concerned condition confirm consider continue correct cost could country couple
    course currently cut daily dangerous daughter day days dear decide decided depends describe despite did different
    difficult dinner discuss doctor does doing done double doubt drink driving drug during each early easily eat either
    else emergency end ended enough even evening ever every everything exactly example except expect explain face fact
    fair family far fast father feel feeling feels felt few finally find fine finish finishing finished first fix follow
    following food forget found free friday friend full further gave general gently get gets getting girlfriend give given
    gives giving goes going gone good got great group guideline half hand happen happened happens hard has hate have
    having health hear heard heavy hello help helped helps here high home hope hospital hour hours house how however hurt
    husband idea ignore important improve include information inside instead interested issue job keep keeps kind know
    known last lately later learn least leave less let letter level lie lift lifting like likely line list little live
    local long longer look looking lose lost lots low lunch main make makes making manage many married matter maybe mean
    means medical medication medicine medicines meet mention mentioned middle might mind minute minutes miss missed moment
    monday money month months more morning most mother mouth move much mum must myself name near nearly need needed needs
    neither never new news next nice night nobody normal normally nothing notice now number nurse obvious offer office
    often old once one online only open opinion option options order ordered other ought outside overnight own packet
    paper parents part partner past pay people perhaps permanent person pharmacist pharmacy phone physician pick picked
    place plan please plenty possible practice prefer prescribe prescribed prescriber prescription present pretty prevent
    previous previously probably problem problems proper properly put quantity question questions quick quickly quite
    rather read reading ready really reason reasonable recent recently recommend recommended referred regular regularly
    related relation remember replace report request result results return review right room routine rule run safe safely
    said same saturday saw say says school second see seem seems seen sense sent set several shall share she shift short
    should show shows side sign similar simple since single sister sit situation size sleep small someone something
    sometimes soon sore sorry sort sound sources speak special specific spoke stable standard start started starting
    starts state stay step still stop stopped stopping store strange strength strong stuff such sudden suddenly suggest
    suggested suitable sunday supplement support suppose supposed sure surgery switch system table take taken takes taking
    talk tell term terrible than thank thanks that thing things think thinking third thought through thursday time times
    today together told tomorrow tonight too took top total towards treat treated treating treatment tried trouble true
    trust try trying tuesday turn twice type under understand until update upset usual usually value very via visit wait
    waiting wake walk want wanted wants ward warning was watch way wednesday week weekend weeks well went what whatever
    when where whether which while whole why wife will wish without woman women wonder wondering work worked working works
    worried worry worse would write wrong yes yesterday yet young younger""".split()
)
