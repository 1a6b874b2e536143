"""Words of photographs' captions, written for this model: what the generated sentences of ``corpus.py`` are made of."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


PERSON = words("""
man, woman, boy, girl, child, little boy, little girl, young man, young woman, old man, elderly woman, toddler, baby, teenager,
person, lady, guy, kid, mother, father, bearded man, bald man, blond woman, tourist, farmer, fisherman, worker, chef, cook, waiter,
soldier, police officer, firefighter, doctor, nurse, student, teacher, musician, singer, guitarist, drummer, dancer, artist, painter,
photographer, businessman, cyclist, skateboarder, snowboarder, skier, surfer, swimmer, runner, hiker, climber, golfer, tennis player,
baseball player, football player, soccer player, basketball player, batter, pitcher, goalie, gymnast, boxer, cowboy, bride, groom,
astronaut, scientist, clown, street performer, shopper, pedestrian, passenger, driver, motorcyclist, rider
""")
PEOPLE = words("""
two men, two women, two boys, two girls, two children, three children, a group of people, a group of children, a group of men,
a group of friends, several people, a crowd of people, a couple, a family, three women, four people, a man and a woman,
a boy and a girl, a mother and her child, a father and his son, a team of players, some kids, many people, people, men, women,
a bride and groom, two friends, tourists, students, musicians, soldiers, dancers, workers, spectators, players
""")
GARMENT = words("""
shirt, t-shirt, jacket, coat, dress, hat, cap, hoodie, sweater, suit, skirt, swimsuit, uniform, jersey, helmet, scarf, vest, apron,
tank top, bikini, bathing suit, costume, backpack, tie, blouse, raincoat, shorts, jeans, sunglasses, glasses, gloves, boots, mask
""")
COLOUR = words("red, blue, green, yellow, white, black, brown, orange, pink, purple, gray, striped, plaid, dark, colorful, light blue, beige")
PERSON_ACTION = words("""
walking, running, standing, sitting, jumping, smiling, laughing, sleeping, lying down, dancing, eating, drinking, cooking, reading a book,
reading a newspaper, talking on a cell phone, looking at a phone, typing on a laptop, working on a computer, riding a bicycle,
riding a horse, riding a motorcycle, riding a scooter, riding a skateboard, doing a trick on a skateboard, jumping a ramp, surfing a wave,
riding a wave on a surfboard, carrying a surfboard, skiing down a hill, snowboarding, ice skating, playing hockey, playing tennis,
swinging a tennis racket, hitting a ball, swinging a baseball bat, pitching a ball, catching a ball, throwing a ball, throwing a frisbee,
catching a frisbee, playing soccer, kicking a ball, playing basketball, playing football, playing volleyball, playing golf,
playing the guitar, playing the piano, playing the drums, playing the violin, singing into a microphone, playing a video game,
holding a camera, taking a picture, holding an umbrella, holding a baby, holding a child, holding a sign, holding a flag, holding a ball,
holding a cup of coffee, holding a glass of wine, drinking beer, eating pizza, eating a sandwich, eating an ice cream cone, eating cake,
cutting a cake, blowing out candles, brushing his teeth, brushing her hair, cutting hair, washing dishes, washing a car, petting a dog,
walking a dog, feeding birds, feeding a giraffe, milking a cow, herding sheep, flying a kite, climbing a rock, climbing a tree,
climbing a mountain, hiking up a trail, swimming, diving into the water, splashing in the water, jumping into a pool, playing in the sand,
building a sandcastle, building a snowman, throwing snowballs, shoveling snow, sledding down a hill, rowing a boat, paddling a canoe,
paddling a kayak, sailing a boat, fishing, pushing a stroller, pushing a shopping cart, pulling a suitcase, crossing the street,
waiting for a bus, waiting for a train, getting off a train, driving a car, driving a tractor, fixing a bicycle, painting a picture,
painting a wall, drawing, writing, sewing, knitting, gardening, watering plants, picking apples, selling fruit, buying vegetables,
looking at the camera, looking out of a window, looking at the view, posing for a picture, waving, hugging, kissing, holding hands,
shaking hands, talking to each other, sitting on a bench, sitting on a couch, sitting at a table, sitting on the grass, lying on the beach,
lying in bed, lying in a hammock, leaning against a wall, standing on one leg, doing a handstand, doing a back flip, swinging on a swing,
sliding down a slide, bouncing on a trampoline, riding a carousel, riding a roller coaster, riding an elephant, riding in a boat,
marching in a parade, performing on stage, giving a speech, watching television, watching a game, cheering, praying, wrestling, boxing,
lifting weights, doing yoga, exercising, stretching, welding, chopping wood, using tools, cleaning the floor, ironing, shopping
""")
PLACE = words("""
in the park, on the beach, on the street, in a field, in the grass, in the snow, in the water, in the woods, in the forest, in the mountains,
on a mountain top, on a city street, on a sidewalk, in a parking lot, in a kitchen, in a living room, in a bedroom, in a bathroom,
in an office, in a classroom, in a restaurant, in a bar, in a cafe, at a table, at a desk, in a store, in a market, at a supermarket,
at an airport, at a train station, on a train, on a bus, on a boat, on a bridge, on a pier, on a dock, by a lake, by the ocean,
by a river, near a waterfall, in a swimming pool, at the zoo, on a farm, in a barn, in a garden, in the desert, on a rock, on a cliff,
on a hill, on a dirt road, on a highway, on the railroad tracks, on a baseball field, on a soccer field, on a tennis court,
on a basketball court, at a skate park, on a ski slope, in a gym, in a stadium, on stage, at a concert, at a party, at a wedding,
at a festival, in a parade, in front of a building, in front of a house, in front of a church, in front of a store, in front of a crowd,
outside, inside, outdoors, indoors, at night, at sunset, at sunrise, in the rain, in the sun, under a tree, under a bridge, under an umbrella,
against a blue sky, in the fog, in the air, on a playground, on a swing, on a slide, on a balcony, on a roof, on the stairs, on a couch,
on a bed, on a chair, on the floor, on a carpet, on a wooden floor, on a rug, behind a fence, through a window, next to a car, next to a tree,
near the water, near a building, in shallow water, in the city, in the countryside, in a village, in a museum, in a church, in a library,
in a hospital, in a workshop, in a factory, in a garage, in a tent, at a campsite, around a campfire, in a cage, in a canyon, in a cave
""")
ANIMAL = words("""
dog, brown dog, black dog, white dog, small dog, large dog, puppy, golden retriever, cat, kitten, orange cat, black and white cat, gray cat,
horse, white horse, brown horse, pony, cow, calf, bull, sheep, lamb, goat, pig, chicken, rooster, duck, goose, swan, pigeon, seagull, parrot,
owl, eagle, hawk, penguin, flamingo, peacock, pelican, sparrow, robin, hummingbird, bird, small bird, elephant, baby elephant, giraffe, zebra,
lion, tiger, leopard, cheetah, bear, brown bear, polar bear, panda, monkey, gorilla, deer, moose, elk, antelope, buffalo, camel, llama, donkey,
rabbit, squirrel, fox, wolf, raccoon, hedgehog, mouse, hamster, kangaroo, koala, hippo, rhino, crocodile, turtle, tortoise, snake, lizard, frog,
fish, shark, whale, dolphin, seal, sea lion, otter, jellyfish, crab, lobster, butterfly, bee, dragonfly, spider, snail, beetle, ladybug
""")
ANIMAL_ACTION = words("""
running, walking, standing, sitting, lying down, sleeping, jumping, swimming, eating, eating grass, grazing, drinking water, playing,
playing with a ball, catching a frisbee, carrying a stick in its mouth, running through the grass, running through the snow,
running on the beach, shaking off water, jumping over a hurdle, looking at the camera, looking out of a window, looking up, yawning,
licking its nose, barking, chasing another dog, fighting with another dog, sniffing a flower, perched on a branch, flying, flying over the water,
spreading its wings, sitting in a nest, climbing a tree, hiding in the grass, crossing a road, pulling a cart, pulling a sled,
wearing a collar, wearing a hat, lying in the sun, lying on its back, curled up in a ball, standing on its hind legs, standing next to its mother
""")
THING = words("""
car, red car, old car, sports car, taxi, police car, truck, pickup truck, fire truck, van, bus, double decker bus, school bus, tram, train,
steam train, subway train, freight train, bicycle, motorcycle, scooter, airplane, passenger jet, fighter jet, helicopter, hot air balloon,
boat, sailboat, ship, cruise ship, ferry, canoe, kayak, tractor, bulldozer, crane, traffic light, stop sign, street sign, fire hydrant, parking meter,
bench, mailbox, street lamp, clock tower, clock, church, cathedral, mosque, temple, castle, palace, tower, lighthouse, windmill, bridge, house,
barn, cabin, hut, skyscraper, building, brick building, old building, ruin, statue, sculpture, fountain, monument, gate, fence, stone wall, staircase,
table, wooden table, chair, armchair, couch, bed, desk, bookshelf, lamp, mirror, window, door, curtain, rug, pillow, blanket, kitchen, stove, oven,
microwave, refrigerator, sink, bathtub, toilet, shower, television, computer, laptop, keyboard, computer mouse, cell phone, camera, remote control,
book, newspaper, pen, pencil, scissors, knife, fork, spoon, plate, bowl, cup, coffee cup, mug, glass, wine glass, bottle, beer bottle, vase,
teapot, pan, pot, basket, box, suitcase, backpack, handbag, umbrella, hat, shoe, pair of shoes, watch, ring, necklace, glasses, teddy bear, doll, toy,
kite, ball, tennis racket, baseball bat, baseball glove, skateboard, surfboard, snowboard, pair of skis, frisbee, guitar, piano, violin, drum, trumpet,
microphone, flower, rose, tulip, sunflower, daisy, lily, orchid, bouquet of flowers, potted plant, cactus, tree, palm tree, pine tree, bush, leaf,
autumn leaves, mushroom, grass, apple, banana, orange, lemon, strawberry, bunch of grapes, pineapple, watermelon, tomato, carrot, broccoli, potato,
pepper, onion, corn, pumpkin, salad, soup, sandwich, hamburger, hot dog, pizza, slice of pizza, pasta, plate of spaghetti, rice, sushi, steak,
chicken, fish, bread, loaf of bread, cheese, egg, cake, birthday cake, chocolate cake, cupcake, pie, cookie, donut, ice cream, pancake,
cup of coffee, cup of tea, glass of beer, glass of wine, glass of juice, candle, lantern, flag, sign, poster, painting, ladder, rope, hammer, axe,
chain, lock, key, gear, tire, wheel, engine, telephone, radio, typewriter, sewing machine, tent, campfire, hammock, swing, slide, tree house
""")
SCENERY = words("""
beach, sandy beach, ocean, waves, sea, coast, rocky coast, island, lake, mountain lake, river, stream, waterfall, pond, mountain, snowy mountain,
mountain range, hill, valley, canyon, cliff, desert, sand dunes, forest, pine forest, autumn forest, meadow, field, field of flowers, wheat field,
lavender field, vineyard, garden, park, path, dirt road, country road, highway, street, narrow street, alley, city, city skyline, skyline at night,
harbor, marina, village, town square, market, bridge over a river, railway, station, sky, blue sky, cloudy sky, clouds, storm, lightning, rainbow,
sunset, sunrise, moon, stars, night sky, milky way, northern lights, fog, mist, snow, snow covered trees, ice, glacier, cave, volcano, rock formation,
jungle, rice terraces, farm, airport, parking lot, playground, stadium, swimming pool, living room, bedroom, kitchen, bathroom, dining room, office,
hallway, staircase, library, museum, church interior, restaurant, cafe, shop, workshop, planet, earth from space, galaxy
""")
SCENE_QUALITY = words("""
beautiful, calm, quiet, busy, empty, crowded, foggy, snowy, sunny, dark, bright, green, old, modern, rocky, wide, peaceful, dramatic, misty, colorful,
small, large, narrow, historic, tropical, rural
""")
SCENE_TAIL = words("""
at sunset, at sunrise, at night, in the evening, in the morning, in winter, in autumn, in spring, in summer, on a cloudy day, on a sunny day, in the fog,
under a blue sky, under a cloudy sky, under the stars, with mountains in the background, with trees in the background, with clouds in the sky,
with a few people, with no people, with houses, with boats, with reflections in the water, with snow on the ground, surrounded by trees,
surrounded by mountains, seen from above, from a distance, from an airplane, in black and white, in the rain, with flowers in the foreground
""")
THING_QUALITY = words("""
red, blue, green, yellow, white, black, brown, orange, pink, gray, old, new, large, small, wooden, metal, glass, broken, rusty, empty, colorful, shiny,
antique, modern, tall, long, round, open, clean, dirty, plastic, stone, leather, paper, fresh, sliced, half eaten
""")
THING_STATE = words("""
on a table, on the floor, on a shelf, on a plate, in a bowl, in a box, on a counter, on a desk, on a bed, on a wall, in a window, on the street,
parked on the street, parked in front of a building, parked by the curb, driving down the road, flying in the sky, on the runway, on the water,
in the harbor, at the station, on the tracks, in a field, in the grass, in the snow, on the beach, in a garden, in a park, under a tree,
in front of a house, in the city, next to a road, by the sea, in the background, in the foreground, in a room, in a kitchen, in a store, at a market,
on display in a museum, on a white background, on a black background, up close, from above, in the sun, in the rain, at night, in someone's hand,
covered with snow, covered in leaves, full of water, full of people, with flowers, with lights on
""")
NUMBER = words("two, three, four, five, six, several, many, a few, some, a pair of, a group of, a row of, a pile of, a bunch of")
LEAD = words("""
a photo of, a picture of, a photograph of, an image of, a close up of, a close up photo of, a view of, there is, this is, a black and white photo of,
a good photo of, a bad photo of, a cropped photo of, a bright photo of, a dark photo of, an old photo of, the front of, a side view of, part of
""")
