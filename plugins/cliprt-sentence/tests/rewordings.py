"""Instructions in other words, written before any of them was scored.

For each task of two suites: a mild rewording, a strong one, and somebody else's wish.
"""

NOVEL = {
    "Close the laptop": [
        "Shut the laptop",
        "Fold the computer down so that its screen is covered",
        "She would like the notebook to be shut",
    ],
    "Draw a line from the star to the circle": [
        "Draw a stroke from the star to the circle",
        "Take the pen and connect the two marks on the paper",
        "He wants a line drawn between the star and the circle",
    ],
    "Erase the whiteboard": [
        "Wipe the whiteboard",
        "Clean off what is written on the board",
        "Someone asked for the board to be wiped clean",
    ],
    "Hide the Pooh with the green cup": [
        "Cover the Pooh with the green cup",
        "Make the bear disappear under the cup",
        "The child wants the bear to be hidden beneath the green cup",
    ],
    "Open the cabinet": [
        "Open up the cabinet",
        "Swing the cupboard door wide",
        "She needs the cupboard to be opened",
    ],
    "Open the trash can": [
        "Open the garbage can",
        "Lift the lid of the bin",
        "He wants to throw something away, so the bin has to be opened",
    ],
    "Play with the orange car": [
        "Play with the orange toy car",
        "Roll the little vehicle back and forth",
        "The boy would like you to have fun with his car",
    ],
    "Pour the dog food in the bowl": [
        "Pour the dog food into the bowl",
        "Feed the puppy",
        "The owner wants her dog's dish to be filled",
    ],
    "Stamp near the circle": [
        "Put a stamp near the circle",
        "Press an ink mark down next to the ring",
        "They want a stamp mark beside the circle",
    ],
}
COMMON = {
    "Point at the blue cube": [
        "Point to the blue cube",
        "Show me which one the blue block is",
        "She wants the blue cube to be pointed out",
    ],
    "Pull out the tissue": [
        "Pull the tissue out",
        "I need a paper handkerchief from the box",
        "He would like a tissue taken out of its box",
    ],
    "Place the yellow cube on the plate": [
        "Put the yellow cube on the plate",
        "Set the yellow block down upon the dish",
        "They want the yellow cube to lie on the plate",
    ],
    "Pick up the red cube": [
        "Lift the red cube",
        "Grab the crimson block and raise it",
        "She asks you to take hold of the red cube and lift it",
    ],
    "Push the red box forward": [
        "Push the red box ahead",
        "Shove the crimson carton away from you",
        "He would like the red box moved forwards",
    ],
    "Flip the lid of the box over": [
        "Flip the box's lid over",
        "Turn the cover of the container upside down",
        "The lid of the box should be turned over, she says",
    ],
    "Knock over the purple bottle": [
        "Knock the purple bottle over",
        "Topple the violet flask",
        "He wants the purple bottle to fall down",
    ],
    "Slide the red car to the Piglet": [
        "Slide the red car over to the Piglet",
        "Bring the toy vehicle to the little pig",
        "The child would like the car to be next to Piglet",
    ],
    "Move the orange block from the blue tray to the green tray": [
        "Move the orange block from the blue tray onto the green tray",
        "Transfer the orange brick out of the blue dish into the green one",
        "They want the orange block to end up on the green tray",
    ],
}
OTHERS = [
    "Make me a coffee",
    "Water the plant",
    "Open the fridge",
    "Close the window",
    "Fold the towel",
    "Sing a song",
    "What is your name?",
    "Bring me the newspaper",
    "Turn on the light",
    "Throw the ball",
    "Cut the bread",
    "Tie my shoes",
    "Draw a house",
    "Wash the dishes",
    "Feed the cat",
    "Close the cabinet",
    "Push the blue box backwards",
    "Pick up the green cube",
    "Close the trash can",
    "Open the laptop",
    "Empty the bowl",
    "Stack the plates",
    "asdf qwer",
    "Good morning",
    "Move left 5 cm",
    "Drive the car to the garage",
    "Read me the book",
    "Write my name on the whiteboard",
    "Knock on the door",
    "Put the cup on the shelf",
]
